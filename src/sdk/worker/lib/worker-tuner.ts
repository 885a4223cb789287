export * from '../tuner.ts';
