/** One unit of measured work, the same for every system: `steps` remote calls in a row or at once, a sleep, or a wait. */
export interface Work {
  mode: 'sequential' | 'parallel' | 'sleep' | 'signal';
  /** Remote calls; for `sleep`, milliseconds. */
  steps: number;
  /** Size of each call's result. */
  bytes: number;
}
