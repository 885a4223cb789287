/** What an activation brings to workflow code, in the order in which it is applied (WFT-9). */

export const JobOrder = {
  patch: 1,
  randomSeed: 2,
  /** Signals and updates keep the server's order between them. */
  message: 3,
  /** Results of timers, activities, children; the request to cancel. */
  resolution: 4,
  localActivity: 5,
} as const;

export type JobOrder = (typeof JobOrder)[keyof typeof JobOrder];

/** What Temporal's SDK calls a job, in the activations that interceptors see. */
export type JobVariant =
  | 'updateRandomSeed'
  | 'signalWorkflow'
  | 'doUpdate'
  | 'fireTimer'
  | 'resolveActivity'
  | 'resolveChildWorkflowExecutionStart'
  | 'resolveChildWorkflowExecution'
  | 'resolveNexusOperationStart'
  | 'resolveNexusOperation'
  | 'resolveSignalExternalWorkflow'
  | 'resolveRequestCancelExternalWorkflow'
  | 'cancelWorkflow';

export interface ActivationJob {
  readonly order: JobOrder;
  readonly variant: JobVariant;
  apply(): void;
}

/** Sorts in place; jobs of one order keep theirs. */
export function sortJobs(jobs: ActivationJob[]): ActivationJob[] {
  return jobs.length < 2 ? jobs : jobs.sort((a, b) => a.order - b.order);
}
