export type { RunUntilOptions } from '../run-until.ts';
export * from '../worker.ts';
export type { State, WorkerStatus } from '../worker-state.ts';
