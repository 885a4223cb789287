/** Nexus operations as the workflow that calls them sees them (NXS-15 to NXS-19). */
import { ValueError } from '../sdk/common/errors.ts';
import { optionalDurationToMs } from '../sdk/common/time.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Failure } from '../sdk/common/wire/messages.ts';
import type { CommandEntry } from './command-queue.ts';
import { compact } from './compact.ts';
import { Completion } from './completion.ts';
import { requireRun } from './context.ts';
import { eventGroupsOf } from './event-groups.ts';
import type { StartNexusOperationInput, StartNexusOperationOutput } from './interceptors.ts';
import { JobOrder } from './jobs.ts';
import type { Operation, Resolution } from './operation.ts';

/** `detached`: workflow code was told that it is cancelled; what comes later is passed over. */
type NexusState = 'commanded' | 'scheduled' | 'started' | 'detached' | 'closed';

/** The result of an operation. It can be cancelled for as long as this is open, also after its start was awaited. */
class NexusResult extends Completion<unknown> {
  readonly #cancelOperation: () => void;

  constructor(cancelOperation: () => void) {
    super();
    this.#cancelOperation = cancelOperation;
  }

  override listen(): void {
    super.listen();
  }

  scopeCancelled(): void {
    this.#cancelOperation();
  }
}

class NexusOperation extends Completion<StartNexusOperationOutput> implements Operation {
  readonly #result = new NexusResult(() => this.#cancel());
  readonly #input: StartNexusOperationInput;
  #state: NexusState = 'commanded';
  #entry: CommandEntry | undefined;
  #scheduledEventId = 0;
  #token: string | undefined;

  constructor(input: StartNexusOperationInput) {
    super();
    this.#input = input;
    this.#result.outputType = input.outputType;
    this.promise.catch((error: unknown) => this.#result.reject(error));
    this.#result.promise.catch(() => undefined);
    if (this.rejectIfCancelled()) return;
    this.#result.listen();
    this.attempt(() => this.#command(input));
  }

  #command(input: StartNexusOperationInput): void {
    const { endpoint, service, operation, options, headers } = input;
    checkCancellationType(options.cancellationType);
    this.#entry = this.run.pushCommand(
      {
        commandType: 'ScheduleNexusOperation',
        attributes: compact({
          endpoint,
          service,
          operation,
          input: this.run.converters.toPayload(input.input, input.inputType),
          scheduleToCloseTimeout: optionalDurationToMs(options.scheduleToCloseTimeout),
          scheduleToStartTimeout: optionalDurationToMs(options.scheduleToStartTimeout),
          startToCloseTimeout: optionalDurationToMs(options.startToCloseTimeout),
          nexusHeader: Object.keys(headers).length > 0 ? headers : undefined,
        }),
        ...this.run.userMetadata(options.summary),
        ...eventGroupsOf(options.eventGroups),
      },
      this,
    );
  }

  recorded(event: HistoryEvent): void {
    if (event.eventType !== 'NexusOperationScheduled') return;
    this.#state = 'scheduled';
    this.#scheduledEventId = event.eventId;
    this.run.operations.set(event.eventId, this);
  }

  handleEvent(event: HistoryEvent): void {
    switch (event.eventType) {
      case 'NexusOperationStarted':
        this.#started(event.attributes.operationToken);
        return;
      case 'NexusOperationCompleted':
        this.#close({ status: 'completed', payload: event.attributes.result });
        return;
      case 'NexusOperationFailed':
      case 'NexusOperationCanceled':
      case 'NexusOperationTimedOut':
        this.#close({ status: 'failed', failure: event.attributes.failure ?? {} });
        return;
      case 'NexusOperationCancelRequestCompleted':
        if (this.#cancellationType === 'WAIT_CANCELLATION_REQUESTED') this.#detach(this.#canceled());
        return;
      case 'NexusOperationCancelRequestFailed':
        if (this.#cancellationType === 'WAIT_CANCELLATION_REQUESTED')
          this.#detach(event.attributes.failure ?? this.#canceled());
        return;
      default:
        throw this.run.unexpectedEvent(event, 'a Nexus operation has no such event');
    }
  }

  get #cancellationType() {
    return this.#input.options.cancellationType ?? 'WAIT_CANCELLATION_COMPLETED';
  }

  #started(token: string | undefined): void {
    if (this.#state !== 'scheduled') return;
    this.#state = 'started';
    this.#token = token;
    this.run.enqueue({
      order: JobOrder.resolution,
      variant: 'resolveNexusOperationStart',
      apply: () => this.resolve({ ...(token && { token }), result: this.#result.promise }),
    });
  }

  #close(resolution: Resolution): void {
    this.run.operations.delete(this.#scheduledEventId);
    const { isOpen } = this.#result;
    const wasTold = this.#state === 'detached' || !isOpen;
    this.#state = 'closed';
    if (!wasTold) this.#enqueue(resolution);
  }

  /** One that never said that it goes on by itself settles with its start. */
  #enqueue(resolution: Resolution): void {
    this.run.enqueue({
      order: JobOrder.resolution,
      variant: 'resolveNexusOperation',
      apply: () => {
        if (!this.isOpen) return this.run.settle(this.#result, resolution);
        if (resolution.status === 'failed') return this.run.settle(this, resolution);
        this.run.settle(this.#result, resolution);
        this.resolve({ result: this.#result.promise });
      },
    });
  }

  /** The start itself is not linked to the scope: the result is, and it is there from the beginning. */
  scopeCancelled(): void {}

  #cancel(): void {
    if (this.#state === 'commanded') {
      // What could not be commanded was rejected.
      if (this.#entry === undefined) return;
      this.#entry.dropped = true;
      this.#state = 'closed';
      this.#enqueue({ status: 'failed', failure: this.#canceled() });
      return;
    }
    if (this.#state !== 'scheduled' && this.#state !== 'started') return;
    const type = this.#cancellationType;
    if (type !== 'ABANDON')
      this.pushCommandOfCall(
        {
          commandType: 'RequestCancelNexusOperation',
          attributes: { scheduledEventId: this.#scheduledEventId },
        },
        this.#input.options.eventGroups,
      );
    if (type === 'ABANDON' || type === 'TRY_CANCEL') this.#detach(this.#canceled());
  }

  /** Workflow code is told that the operation is cancelled and does not hear of it again. */
  #detach(failure: Failure): void {
    if (this.#state !== 'scheduled' && this.#state !== 'started') return;
    this.#state = 'detached';
    this.#enqueue({ status: 'failed', failure });
  }

  #canceled(): Failure {
    const { endpoint, service, operation } = this.#input;
    return {
      message: 'Nexus operation cancelled',
      cause: { message: 'Nexus operation cancelled', canceledFailureInfo: {} },
      nexusOperationExecutionFailureInfo: compact({
        scheduledEventId: this.#scheduledEventId || undefined,
        endpoint,
        service,
        operation,
        operationToken: this.#token,
      }),
    };
  }
}

const CANCELLATION_TYPES = [
  'ABANDON',
  'TRY_CANCEL',
  'WAIT_CANCELLATION_REQUESTED',
  'WAIT_CANCELLATION_COMPLETED',
];

function checkCancellationType(type: string | undefined): void {
  if (type !== undefined && !CANCELLATION_TYPES.includes(type))
    throw new ValueError(`Invalid enum value: '${type}'`);
}

/** Starts an operation through the interceptors. Gives its token and the promise of its result once it has started or ended. */
export function startNexusOperation(
  input: Omit<StartNexusOperationInput, 'seq' | 'headers'>,
): Promise<StartNexusOperationOutput> {
  const run = requireRun();
  const start = run.interceptors.outbound(
    'startNexusOperation',
    (next: StartNexusOperationInput): Promise<StartNexusOperationOutput> => new NexusOperation(next).promise,
  );
  return start({ ...input, headers: {}, seq: run.nextSeq('nexusOperation') });
}
