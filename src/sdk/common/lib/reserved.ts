export * from '../reserved.ts';
