export * from '../interfaces.ts';
