/** Child workflows as their parent sees them (CHILD-1 to CHILD-11, CHILD-13). */
import { enumName } from '../sdk/common/enum-converters.ts';
import { WorkflowExecutionAlreadyStartedError } from '../sdk/common/failure.ts';
import { compilePriority } from '../sdk/common/priority.ts';
import { compileRetryPolicy } from '../sdk/common/retry-policy.ts';
import { optionalDurationToMs } from '../sdk/common/time.ts';
import { checkVersioningIntent } from '../sdk/common/versioning-intent.ts';
import type { CommandAttributes } from '../sdk/common/wire/commands.ts';
import type { EventAttributes, HistoryEvent } from '../sdk/common/wire/events.ts';
import {
  type Failure,
  ParentClosePolicy,
  type RetryStateName,
  WorkflowIdReusePolicy,
} from '../sdk/common/wire/messages.ts';
import type { CommandEntry } from './command-queue.ts';
import { compact } from './compact.ts';
import { Completion } from './completion.ts';
import { requireRun } from './context.ts';
import { uuid4 } from './deterministic-values.ts';
import { eventGroupsOf } from './event-groups.ts';
import { cancelRequestOfChild } from './external-workflows.ts';
import type { StartChildWorkflowExecutionInput } from './interceptors.ts';
import { JobOrder } from './jobs.ts';
import type { Operation, Resolution } from './operation.ts';
import {
  type ChildWorkflowCancellationType,
  decodeChildWorkflowCancellationType,
  encodeChildWorkflowCancellationType,
} from './options.ts';

/** `detached`: workflow code was told that it is cancelled; what comes later is passed over. */
type ChildState = 'commanded' | 'initiated' | 'started' | 'detached' | 'closed';

/** The result of a child. The child can be cancelled for as long as this is open, also after its start was awaited. */
class ChildResult extends Completion<unknown> {
  readonly #cancelChild: () => void;

  constructor(cancelChild: () => void) {
    super();
    this.#cancelChild = cancelChild;
  }

  override listen(): void {
    super.listen();
  }

  scopeCancelled(): void {
    this.#cancelChild();
  }
}

class ChildWorkflow extends Completion<string> implements Operation {
  readonly result = new ChildResult(() => this.#cancel());
  #state: ChildState = 'commanded';
  #entry: CommandEntry | undefined;
  #initiatedEventId = 0;
  #startedEventId = 0;
  #runId = '';
  readonly #workflowId: string;
  readonly #workflowType: string;
  readonly #options: StartChildWorkflowExecutionInput['options'];
  // What is sent for an explicit `undefined` means ABANDON.
  #cancellationType: ChildWorkflowCancellationType = 'ABANDON';

  constructor(input: StartChildWorkflowExecutionInput) {
    super();
    const { options } = input;
    this.#options = options;
    // An interceptor may have taken it away.
    this.#workflowId = options.workflowId ?? uuid4();
    this.#workflowType = input.workflowType;
    this.resultContext = this.run.converters.contextOfWorkflow(this.#workflowId);
    this.result.resultContext = this.resultContext;
    this.result.outputType = options.typeInfo?.outputType;
    this.promise.catch((error: unknown) => this.result.reject(error));
    this.result.promise.catch(() => undefined);
    if (this.rejectIfCancelled()) return;
    this.result.listen();
    this.attempt(() => this.#command(input));
  }

  #command(input: StartChildWorkflowExecutionInput): void {
    const { options } = input;
    const attributes = this.#attributes(input);
    const cancellationType = encodeChildWorkflowCancellationType(options.cancellationType);
    this.#cancellationType = decodeChildWorkflowCancellationType(cancellationType) ?? 'ABANDON';
    checkVersioningIntent(options.versioningIntent);
    this.#entry = this.run.pushCommand(
      {
        commandType: 'StartChildWorkflowExecution',
        attributes,
        ...this.run.userMetadata(options.staticSummary, options.staticDetails, this.resultContext),
        ...eventGroupsOf(options.eventGroups),
      },
      this,
    );
  }

  #attributes({
    options,
    headers,
  }: StartChildWorkflowExecutionInput): CommandAttributes<'StartChildWorkflowExecution'> {
    return compact({
      workflowId: this.#workflowId,
      workflowType: { name: this.#workflowType },
      taskQueue: { name: options.taskQueue || this.run.taskQueue },
      input: this.run.converters.toPayloads(options.args, this.resultContext, options.typeInfo?.inputTypes),
      workflowExecutionTimeout: optionalDurationToMs(options.workflowExecutionTimeout),
      workflowRunTimeout: optionalDurationToMs(options.workflowRunTimeout),
      workflowTaskTimeout: optionalDurationToMs(options.workflowTaskTimeout),
      parentClosePolicy: enumName(ParentClosePolicy, options.parentClosePolicy),
      workflowIdReusePolicy: enumName(WorkflowIdReusePolicy, options.workflowIdReusePolicy),
      retryPolicy: options.retry && compileRetryPolicy(options.retry),
      cronSchedule: options.cronSchedule || undefined,
      header: this.run.header(headers),
      memo: this.run.memo(options.memo, this.resultContext) ?? {},
      searchAttributes: this.run.searchAttributes(options.searchAttributes, options.typedSearchAttributes),
      priority: options.priority && compilePriority(options.priority),
    });
  }

  recorded(event: HistoryEvent): void {
    if (event.eventType !== 'StartChildWorkflowExecutionInitiated') return;
    this.#state = 'initiated';
    this.#initiatedEventId = event.eventId;
    this.run.operations.set(event.eventId, this);
  }

  handleEvent(event: HistoryEvent): void {
    switch (event.eventType) {
      case 'ChildWorkflowExecutionStarted':
        this.#started(event);
        return;
      case 'StartChildWorkflowExecutionFailed':
        this.#startFailed(event.attributes);
        return;
      case 'ChildWorkflowExecutionCompleted':
        this.#close({ status: 'completed', payload: event.attributes.result?.payloads?.[0] });
        return;
      case 'ChildWorkflowExecutionFailed':
        this.#closeFailed(
          'Child Workflow execution failed',
          event.attributes.failure,
          event.attributes.retryState,
        );
        return;
      case 'ChildWorkflowExecutionTimedOut':
        this.#closeFailed('Child Workflow execution timed out', TIMED_OUT, event.attributes.retryState);
        return;
      case 'ChildWorkflowExecutionTerminated':
        this.#closeFailed('Child Workflow execution terminated', TERMINATED, 'NON_RETRYABLE_FAILURE');
        return;
      case 'ChildWorkflowExecutionCanceled':
        this.#close({
          status: 'failed',
          failure: this.#canceled('Child Workflow execution cancelled'),
        });
        return;
      default:
        throw this.run.unexpectedEvent(event, 'a child workflow has no such event');
    }
  }

  #started(event: HistoryEvent & { eventType: 'ChildWorkflowExecutionStarted' }): void {
    // Of a child that was let go before it started its start is still heard of: code may wait for it.
    if (this.#state !== 'detached') this.#state = 'started';
    this.#startedEventId = event.eventId;
    this.#runId = event.attributes.workflowExecution.runId ?? '';
    this.run.enqueue({
      order: JobOrder.resolution,
      variant: 'resolveChildWorkflowExecutionStart',
      apply: () => this.resolve(this.#runId),
    });
  }

  #startFailed({ cause }: EventAttributes<'StartChildWorkflowExecutionFailed'>): void {
    this.run.operations.delete(this.#initiatedEventId);
    this.#state = 'closed';
    const error =
      cause === 'WORKFLOW_ALREADY_EXISTS'
        ? new WorkflowExecutionAlreadyStartedError(
            'Workflow execution already started',
            this.#workflowId,
            this.#workflowType,
          )
        : new TypeError(
            `Child workflow '${this.#workflowId}' of type '${this.#workflowType}' could not start: ${cause}`,
          );
    this.run.enqueue({
      order: JobOrder.resolution,
      variant: 'resolveChildWorkflowExecutionStart',
      apply: () => this.reject(error),
    });
  }

  #closeFailed(message: string, cause: Failure | undefined, retryState: RetryStateName | undefined): void {
    this.#close({ status: 'failed', failure: this.#failure(message, cause, retryState) });
  }

  #close(resolution: Resolution): void {
    this.run.operations.delete(this.#initiatedEventId);
    const wasTold = this.#state === 'detached';
    this.#state = 'closed';
    if (!wasTold) this.#enqueueResult(resolution);
  }

  #enqueueResult(resolution: Resolution): void {
    this.run.enqueue({
      order: JobOrder.resolution,
      variant: 'resolveChildWorkflowExecution',
      apply: () => this.run.settle(this.result, resolution),
    });
  }

  /** The start itself is not linked to the scope: its result is. */
  scopeCancelled(): void {}

  #cancel(): void {
    if (this.#state === 'commanded') {
      this.#cancelBeforeSent();
      return;
    }
    if (this.#state !== 'initiated' && this.#state !== 'started') return;
    if (this.#cancellationType !== 'ABANDON') this.#requestCancel();
    if (this.#cancellationType === 'ABANDON' || this.#cancellationType === 'TRY_CANCEL') this.#detach();
  }

  /** Workflow code is told that the child is cancelled and does not hear of it again. */
  #detach(): void {
    if (this.#state !== 'initiated' && this.#state !== 'started') return;
    this.#state = 'detached';
    this.#enqueueResult({ status: 'failed', failure: this.#canceled('Child Workflow execution cancelled') });
  }

  #cancelBeforeSent(): void {
    // What could not be commanded was rejected.
    if (this.#entry === undefined) return;
    this.#entry.dropped = true;
    this.#state = 'closed';
    const failure = this.#canceled('Child Workflow Execution cancelled before scheduled: ');
    this.run.enqueue({
      order: JobOrder.resolution,
      variant: 'resolveChildWorkflowExecutionStart',
      apply: () => this.run.settle(this, { status: 'failed', failure }),
    });
  }

  #requestCancel(): void {
    const { command, operation } = cancelRequestOfChild(this.run, this.#workflowId, this.#runId);
    this.pushCommandOfCall(command, this.#options.eventGroups, operation);
  }

  #canceled(message: string): Failure {
    return this.#failure(message, { canceledFailureInfo: {} }, 'NON_RETRYABLE_FAILURE');
  }

  #failure(message: string, cause: Failure | undefined, retryState: RetryStateName | undefined): Failure {
    return compact({
      message,
      cause,
      childWorkflowExecutionFailureInfo: compact({
        namespace: this.run.namespace,
        workflowExecution: compact({ workflowId: this.#workflowId, runId: this.#runId || undefined }),
        workflowType: { name: this.#workflowType },
        initiatedEventId: this.#initiatedEventId || undefined,
        startedEventId: this.#startedEventId || undefined,
        retryState,
      }),
    });
  }
}

const TIMED_OUT: Failure = { message: 'Timed out', timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' } };
const TERMINATED: Failure = { message: 'Terminated', terminatedFailureInfo: {} };

/** Starts a child through the interceptors. Gives the promises of its start (a run ID) and of its result. */
export function startChildWorkflow(
  input: Omit<StartChildWorkflowExecutionInput, 'seq' | 'headers'>,
  message: string,
): Promise<[Promise<string>, Promise<unknown>]> {
  const run = requireRun(message);
  const start = run.interceptors.outbound(
    'startChildWorkflowExecution',
    (next: StartChildWorkflowExecutionInput): Promise<[Promise<string>, Promise<unknown>]> => {
      const child = new ChildWorkflow(next);
      return Promise.resolve([child.promise, child.result.promise]);
    },
  );
  return start({ ...input, headers: {}, seq: run.nextSeq('childWorkflow') });
}
