export * from '../worker.ts';
