/**
 * Delivery of updates (UPD-4 to UPD-7, UPD-14 to UPD-16).
 *
 * U1. A validator runs once, when the update is first seen, never on replay. It must not change the run.
 * U2. Undecodable arguments and whatever the validator throws reject the update; nothing is recorded then.
 * U3. The handler starts right after acceptance, with arguments decoded for it alone.
 */

import type { UpdateResponse } from '../engine/workflow-task.ts';
import { ApplicationFailure, ensureTemporalFailure, TemporalFailure } from '../sdk/common/failure.ts';
import { HandlerUnfinishedPolicy, type WorkflowUpdateAnnotatedType } from '../sdk/common/interfaces.ts';
import type { UpdateRequest } from '../sdk/common/wire/messages.ts';
import { requireContext, runInContext } from './context.ts';
import { groupsOfMessage } from './event-groups.ts';
import type { UpdateInput } from './interceptors.ts';
import { isInternalName, refuseReservedForDefault } from './reserved-names.ts';
import type { WorkflowRun } from './run.ts';

export interface Update {
  /** `<updateId>/request` */
  readonly messageId: string;
  readonly updateId: string;
  readonly sequencingEventId: number;
  readonly request: UpdateRequest;
  readonly runValidator: boolean;
}

export type DefaultUpdateHandler = (updateName: string, ...args: unknown[]) => Promise<unknown> | unknown;

interface UpdateExecution {
  readonly id: string;
  readonly name: string;
  readonly unfinishedPolicy: HandlerUnfinishedPolicy;
}

export class Updates {
  readonly handlers = new Map<string, WorkflowUpdateAnnotatedType>();
  readonly inProgress = new Map<string, UpdateExecution>();
  /** What goes back with the task's completion. */
  #responses: UpdateResponse[] = [];
  #defaultHandler: DefaultUpdateHandler | undefined;
  #buffered: Update[] = [];
  readonly #run: WorkflowRun;

  constructor(run: WorkflowRun) {
    this.#run = run;
  }

  setHandler(name: string, handler: WorkflowUpdateAnnotatedType): void {
    this.handlers.set(name, handler);
    this.#dispatchBuffered();
  }

  setDefaultHandler(handler: DefaultUpdateHandler | undefined): void {
    this.#defaultHandler = handler;
    if (handler !== undefined) this.#dispatchBuffered();
  }

  takeResponses(): UpdateResponse[] {
    return this.#responses.splice(0);
  }

  deliver(update: Update): void {
    const { name } = update.request.input;
    const entry = this.handlers.get(name) ?? this.#defaultEntry(name);
    if (entry === undefined) {
      this.#buffered.push(update);
      return;
    }
    const eventGroups = groupsOfMessage({ inboundUpdate: { inboundUpdateId: update.updateId } });
    const context = { ...requireContext(), update: { id: update.updateId, name }, eventGroups };
    runInContext(context, () => this.#process(update, entry));
  }

  #defaultEntry(name: string): WorkflowUpdateAnnotatedType | undefined {
    const handler = this.#defaultHandler;
    refuseReservedForDefault('update', name, handler !== undefined);
    if (handler === undefined) return undefined;
    return {
      handler: (...args) => handler(name, ...args),
      unfinishedPolicy: HandlerUnfinishedPolicy.WARN_AND_ABANDON,
    };
  }

  #process(update: Update, entry: WorkflowUpdateAnnotatedType): void {
    let input: UpdateInput;
    try {
      if (update.runValidator && entry.validator !== undefined) this.#validate(update, entry);
      input = this.#input(update, entry);
    } catch (error) {
      this.#reject(update, error);
      return;
    }
    this.#accept(update);
    this.#execute(update, entry, input);
  }

  #input({ updateId, request }: Update, entry: WorkflowUpdateAnnotatedType): UpdateInput {
    return {
      updateId,
      name: request.input.name,
      args: this.#run.converters.fromPayloads(request.input.args, entry.typeInfo?.inputTypes),
      headers: request.input.header?.fields ?? {},
    };
  }

  #validate(update: Update, entry: WorkflowUpdateAnnotatedType): void {
    const run = this.#run;
    const validateUpdateNextHandler = ({ args }: UpdateInput): void => entry.validator?.(...args);
    const { name } = update.request.input;
    const validate = isInternalName(name)
      ? validateUpdateNextHandler
      : run.interceptors.inbound('validateUpdate', validateUpdateNextHandler);
    run.readOnly(`the validator of update '${name}'`, () => validate(this.#input(update, entry)));
  }

  #execute(
    { updateId, messageId, request }: Update,
    entry: WorkflowUpdateAnnotatedType,
    input: UpdateInput,
  ): void {
    const run = this.#run;
    const { name } = request.input;
    this.inProgress.set(updateId, { id: updateId, name, unfinishedPolicy: entry.unfinishedPolicy });
    const updateNextHandler = async ({ args }: UpdateInput): Promise<unknown> => await entry.handler(...args);
    const handle = isInternalName(name)
      ? updateNextHandler
      : run.interceptors.inbound('handleUpdate', updateNextHandler);
    handle(input)
      .then((result) => {
        const payload = run.converters.toPayload(result, entry.typeInfo?.outputType);
        this.#complete(updateId, messageId, { success: { payloads: [payload] } });
      })
      .catch((error: unknown) => {
        if (!(error instanceof TemporalFailure)) return run.fail(error);
        this.#complete(updateId, messageId, { failure: run.converters.errorToFailure(error) });
      })
      .finally(() => this.inProgress.delete(updateId));
  }

  #accept({ updateId, messageId, request, sequencingEventId }: Update): void {
    const acceptId = `${messageId}/accept`;
    this.#run.pushCommand({ commandType: 'ProtocolMessage', attributes: { messageId: acceptId } });
    this.#respond({ kind: 'accepted', updateId, messageId: acceptId, request, sequencingEventId });
  }

  #complete(
    updateId: string,
    messageId: string,
    outcome: (UpdateResponse & { kind: 'completed' })['outcome'],
  ): void {
    const completeId = `${messageId}/complete`;
    this.#run.pushCommand({ commandType: 'ProtocolMessage', attributes: { messageId: completeId } });
    this.#respond({ kind: 'completed', updateId, messageId: completeId, outcome });
  }

  #reject({ updateId }: Update, error: unknown): void {
    const failure = this.#run.converters.errorToFailure(ensureTemporalFailure(error));
    this.#respond({ kind: 'rejected', updateId, failure });
  }

  /** On replay the answers stand in history already. */
  #respond(response: UpdateResponse): void {
    if (!this.#run.isReplaying) this.#responses.push(response);
  }

  #dispatchBuffered(): void {
    for (;;) {
      const index = this.#defaultHandler
        ? 0
        : this.#buffered.findIndex(({ request }) => this.handlers.has(request.input.name));
      const [update] = index < 0 ? [] : this.#buffered.splice(index, 1);
      if (update === undefined) return;
      this.deliver(update);
    }
  }

  /** Whether any waits for a handler of its name. */
  get hasBuffered(): boolean {
    return this.#buffered.length > 0;
  }

  /** Rejects what found no handler by the end of the activation (UPD-5). */
  rejectBuffered(): void {
    for (const update of this.#buffered.splice(0)) {
      const message = `No registered handler for update: ${update.request.input.name}`;
      this.#reject(update, ApplicationFailure.nonRetryable(message));
    }
  }
}
