export * from '../failure.ts';
