/** Delivery of signals (SIG-4 to SIG-9). */
import { IllegalStateError } from '../sdk/common/errors.ts';
import { HandlerUnfinishedPolicy, type WorkflowSignalAnnotatedType } from '../sdk/common/interfaces.ts';
import type { HistoryEventOf } from '../sdk/common/wire/events.ts';
import { requireContext, runInContext } from './context.ts';
import { groupsOfMessage } from './event-groups.ts';
import type { SignalInput } from './interceptors.ts';
import { isInternalName, refuseReservedForDefault } from './reserved-names.ts';
import type { WorkflowRun } from './run.ts';

export type Signal = Pick<HistoryEventOf<'WorkflowExecutionSignaled'>, 'eventId' | 'attributes'>;
export type DefaultSignalHandler = (signalName: string, ...args: unknown[]) => void | Promise<void>;

interface SignalExecution {
  readonly name: string;
  readonly unfinishedPolicy: HandlerUnfinishedPolicy;
}

export class Signals {
  readonly handlers = new Map<string, WorkflowSignalAnnotatedType>();
  readonly inProgress = new Set<SignalExecution>();
  #defaultHandler: DefaultSignalHandler | undefined;
  #buffered: Signal[] = [];
  readonly #run: WorkflowRun;

  constructor(run: WorkflowRun) {
    this.#run = run;
  }

  setHandler(name: string, handler: WorkflowSignalAnnotatedType): void {
    this.handlers.set(name, handler);
    this.#dispatchBuffered();
  }

  setDefaultHandler(handler: DefaultSignalHandler | undefined): void {
    this.#defaultHandler = handler;
    if (handler !== undefined) this.#dispatchBuffered();
  }

  /** Runs the synchronous part of the handler, or keeps the signal until there is one (SIG-4, SIG-6). */
  deliver(signal: Signal): void {
    const { eventId: inboundEventId, attributes } = signal;
    const name = attributes.signalName;
    const entry = this.handlers.get(name);
    if (entry === undefined) refuseReservedForDefault('signal', name, this.#defaultHandler !== undefined);
    if (entry === undefined && this.#defaultHandler === undefined) {
      this.#buffered.push(signal);
      return;
    }
    const unfinishedPolicy = entry?.unfinishedPolicy ?? HandlerUnfinishedPolicy.WARN_AND_ABANDON;
    const execution: SignalExecution = { name, unfinishedPolicy };
    this.inProgress.add(execution);
    const run = this.#run;
    const last = (input: SignalInput) => this.signalWorkflowNextHandler(input);
    const handle = isInternalName(name) ? last : run.interceptors.inbound('handleSignal', last);
    const args = run.converters.fromPayloads(attributes.input, entry?.typeInfo?.inputTypes);
    const headers = attributes.header?.fields ?? {};
    const eventGroups = groupsOfMessage({ inboundEvent: { inboundEventId } });
    runInContext({ ...requireContext(), eventGroups }, () => handle({ signalName: name, args, headers }))
      .catch((error: unknown) => run.fail(error))
      .finally(() => this.inProgress.delete(execution));
  }

  /** Named so that stack traces end here. */
  async signalWorkflowNextHandler({ signalName, args }: SignalInput): Promise<void> {
    const entry = this.handlers.get(signalName);
    if (entry !== undefined) return await entry.handler(...args);
    if (this.#defaultHandler !== undefined) return await this.#defaultHandler(signalName, ...args);
    throw new IllegalStateError(`No registered signal handler for signal: ${signalName}`);
  }

  #dispatchBuffered(): void {
    for (;;) {
      const index = this.#defaultHandler
        ? 0
        : this.#buffered.findIndex(({ attributes }) => this.handlers.has(attributes.signalName));
      const [signal] = index < 0 ? [] : this.#buffered.splice(index, 1);
      if (signal === undefined) return;
      this.deliver(signal);
    }
  }
}
