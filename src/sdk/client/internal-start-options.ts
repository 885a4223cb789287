/** What a start carries besides the options of callers: set by the helpers of Nexus handlers, under a symbol. */

export const InternalWorkflowStartOptionsSymbol: unique symbol = Symbol.for(
  '__temporal_client_internal_workflow_start_options',
) as never;

export interface InternalWorkflowStartOptions {
  requestId?: string;
  completionCallbacks?: unknown[];
  onConflictOptions?: {
    attachRequestId?: boolean;
    attachCompletionCallbacks?: boolean;
    attachLinks?: boolean;
  };
}

export function internalStartOptionsOf(options: object): InternalWorkflowStartOptions {
  const found = (options as { [InternalWorkflowStartOptionsSymbol]?: InternalWorkflowStartOptions })[
    InternalWorkflowStartOptionsSymbol
  ];
  const { requestId, completionCallbacks, onConflictOptions } = found ?? {};
  return {
    ...(requestId && { requestId }),
    ...(completionCallbacks && { completionCallbacks }),
    ...(onConflictOptions && { onConflictOptions }),
  };
}
