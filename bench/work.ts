/**
 * One unit of measured work, the same for every system: `steps` remote calls in a row or at once, local ones, or objects of
 * their own; a sleep, or a wait.
 */
export interface Work {
  mode: 'sequential' | 'parallel' | 'sleep' | 'signal' | 'local' | 'children' | 'update';
  /** Remote calls; for `sleep`, milliseconds. */
  steps: number;
  /** Size of each call's result. */
  bytes: number;
  /** Where the calls are made, when not in the Worker itself. */
  taskQueue?: string;
}
