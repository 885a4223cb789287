export * from '../../worker.ts';
