/** Signals and cancel requests to other workflows (EXT-1 to EXT-4, CHILD-9, CHILD-11). */
import type { CancelledFailure } from '../sdk/common/failure.ts';
import type { SignalTypeInfo } from '../sdk/common/interfaces.ts';
import type { Command } from '../sdk/common/wire/commands.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Failure } from '../sdk/common/wire/messages.ts';
import type { CommandEntry } from './command-queue.ts';
import { compact } from './compact.ts';
import { Completion } from './completion.ts';
import { requireRun } from './context.ts';
import type { SignalWorkflowInput } from './interceptors.ts';
import { JobOrder } from './jobs.ts';
import type { Operation, Resolution } from './operation.ts';
import type { WorkflowRun } from './run.ts';

type RequestState = 'commanded' | 'initiated' | 'closed';

class SignalRequest extends Completion<void> implements Operation {
  #state: RequestState = 'commanded';
  #entry: CommandEntry | undefined;
  #initiatedEventId = 0;

  constructor({ signalName, args, headers, target, typeInfo }: SignalWorkflowInput) {
    super();
    const { workflowId, runId } =
      target.type === 'external'
        ? target.workflowExecution
        : { workflowId: target.childWorkflowId, runId: undefined };
    this.resultContext = this.run.converters.contextOfWorkflow(workflowId);
    this.begin(() => {
      this.#entry = this.run.pushCommand(
        {
          commandType: 'SignalExternalWorkflowExecution',
          attributes: compact({
            execution: compact({ workflowId: workflowId ?? undefined, runId: runId || undefined }),
            signalName,
            input: this.run.converters.toPayloads(args, this.resultContext, typeInfo?.inputTypes),
            childWorkflowOnly: target.type === 'child' ? true : undefined,
            header: Object.keys(headers).length > 0 ? this.run.header(headers) : undefined,
          }),
        },
        this,
      );
    });
  }

  recorded(event: HistoryEvent): void {
    this.#state = 'initiated';
    this.#initiatedEventId = event.eventId;
    this.run.operations.set(event.eventId, this);
  }

  handleEvent(event: HistoryEvent): void {
    if (event.eventType === 'ExternalWorkflowExecutionSignaled') {
      this.#close({ status: 'completed' });
      return;
    }
    if (event.eventType !== 'SignalExternalWorkflowExecutionFailed') {
      throw this.run.unexpectedEvent(event, 'a signal to another workflow has no such event');
    }
    const { cause } = event.attributes;
    const because =
      cause === 'SIGNAL_COUNT_LIMIT_EXCEEDED'
        ? 'The per-workflow signal limit was exceeded'
        : 'it was not found';
    this.#close(failed(`Unable to signal external workflow because ${because}`, cause));
  }

  #close(resolution: Resolution): void {
    this.run.operations.delete(this.#initiatedEventId);
    this.#state = 'closed';
    this.run.enqueue({
      order: JobOrder.resolution,
      variant: 'resolveSignalExternalWorkflow',
      apply: () => this.run.settle(this, resolution),
    });
  }

  /** Once sent it cannot be recalled, and its outcome is waited for (EXT-3). */
  scopeCancelled(_error: CancelledFailure): void {
    if (this.#state !== 'commanded') return;
    if (this.#entry !== undefined) this.#entry.dropped = true;
    const failure: Failure = { message: 'Signal was cancelled before being sent', canceledFailureInfo: {} };
    this.#close({ status: 'failed', failure });
  }
}

function failed(message: string, cause: string): Resolution {
  return { status: 'failed', failure: { message, applicationFailureInfo: { type: camelCase(cause) } } };
}

/** `NAMESPACE_NOT_FOUND` as `NamespaceNotFound`. */
function camelCase(name: string): string {
  return name
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');
}

/** Asks for another workflow's cancellation and reports the server's answer. */
class CancelRequest implements Operation {
  readonly #run: WorkflowRun;
  readonly #report: (resolution: Resolution) => void;

  constructor(run: WorkflowRun, report: (resolution: Resolution) => void) {
    this.#run = run;
    this.#report = report;
  }

  recorded(event: HistoryEvent): void {
    this.#run.operations.set(event.eventId, this);
  }

  handleEvent(event: HistoryEvent): void {
    if (event.eventType === 'ExternalWorkflowExecutionCancelRequested') {
      this.#run.operations.delete(event.attributes.initiatedEventId);
      this.#report({ status: 'completed' });
      return;
    }
    if (event.eventType !== 'RequestCancelExternalWorkflowExecutionFailed') {
      throw this.#run.unexpectedEvent(event, 'a request to cancel another workflow has no such event');
    }
    this.#run.operations.delete(event.attributes.initiatedEventId);
    this.#report(failed('Unable to cancel external workflow because not found', event.attributes.cause));
  }
}

/** A request to cancel a child. Whether it was delivered is of no interest: the child's close is (CHILD-8). */
export function cancelRequestOfChild(
  run: WorkflowRun,
  workflowId: string,
  runId: string,
): { command: Command; operation: Operation } {
  const attributes = compact({ workflowId, runId: runId || undefined, childWorkflowOnly: true });
  return {
    command: { commandType: 'RequestCancelExternalWorkflowExecution', attributes },
    operation: new CancelRequest(run, () => {}),
  };
}

/** Temporal wrote this patch when it tied the call to its scope; histories hold it still. */
const CONNECTED_TO_SCOPE = '__temporal_internal_connect_external_handle_cancel_to_scope';

class ExternalCancel extends Completion<void> {
  constructor(workflowId: string, runId: string | undefined) {
    super();
    this.resultContext = this.run.converters.contextOfWorkflow(workflowId);
    // Unlike other links this one outlives the call: the patch is decided whenever the scope is cancelled.
    const { cancelOrder } = this;
    if (this.scope.cancellable) {
      this.scope.addListener({ cancelOrder, scopeCancelled: (error) => this.scopeCancelled(error) });
    }
    // In a cancelled scope no request is made (SCOPE-13).
    if (this.scope.consideredCancelled && this.run.patched(CONNECTED_TO_SCOPE, false)) {
      return;
    }
    this.run.nextSeq('cancelWorkflow');
    this.run.pushCommand(
      {
        commandType: 'RequestCancelExternalWorkflowExecution',
        attributes: compact({
          workflowId,
          runId: runId || undefined,
          reason: `Cancel requested by workflow with run id ${this.run.runId} with reason: `,
        }),
      },
      new CancelRequest(this.run, (resolution) => {
        this.run.enqueue({
          order: JobOrder.resolution,
          variant: 'resolveRequestCancelExternalWorkflow',
          apply: () => this.run.settle(this, resolution),
        });
      }),
    );
  }

  scopeCancelled(error: CancelledFailure): void {
    if (this.run.patched(CONNECTED_TO_SCOPE, false)) this.reject(error);
  }
}

/** Requests the cancellation of any workflow. */
export function cancelExternalWorkflow(workflowId: string, runId: string | undefined): Promise<void> {
  return new ExternalCancel(workflowId, runId).promise;
}

/** Sends a signal to another workflow, through the interceptors. */
export function signalWorkflow(
  signalName: string,
  args: unknown[],
  target: SignalWorkflowInput['target'],
  typeInfo?: SignalTypeInfo,
): Promise<void> {
  const run = requireRun();
  const signal = run.interceptors.outbound(
    'signalWorkflow',
    (input: SignalWorkflowInput) => new SignalRequest(input).promise,
  );
  return signal({ seq: run.nextSeq('signalWorkflow'), signalName, args, target, headers: {}, typeInfo });
}
