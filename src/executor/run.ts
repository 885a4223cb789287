/**
 * One run's workflow code in memory: what it waits for, what it has asked for, which handlers it has set. The part that
 * workflow functions talk to; `RunReplayer` feeds it from history and `Activation` lets it act.
 */

import type { WorkerBuild } from '../engine/worker-build.ts';
import { mapToPayloads } from '../sdk/common/converter/payload-lists.ts';
import { encodeUnifiedSearchAttributes } from '../sdk/common/converter/payload-search-attributes.ts';
import { ensureTemporalFailure, TemporalFailure } from '../sdk/common/failure.ts';
import type { Headers } from '../sdk/common/interceptors.ts';
import type { Workflow } from '../sdk/common/interfaces.ts';
import type {
  SearchAttributePair,
  SearchAttributes,
  TypedSearchAttributes,
} from '../sdk/common/search-attributes.ts';
import type { PayloadTypeInfo } from '../sdk/common/type-info.ts';
import { userMetadataToPayload } from '../sdk/common/user-metadata.ts';
import type { Command } from '../sdk/common/wire/commands.ts';
import type { EventAttributes, HistoryEvent } from '../sdk/common/wire/events.ts';
import type {
  Header,
  Memo,
  Payloads,
  UserMetadata,
  WireSearchAttributes,
} from '../sdk/common/wire/messages.ts';
import type { VersioningBehavior } from '../sdk/common/worker-deployments.ts';
import { RootCancellationScope } from './cancellation-scope.ts';
import { describeEvent } from './command-matching.ts';
import { type CommandEntry, CommandQueue } from './command-queue.ts';
import type { Completion } from './completion.ts';
import type { Condition } from './conditions.ts';
import type { WorkflowContext } from './context.ts';
import type { RunConverters } from './converters.ts';
import { ContinueAsNew, DeterminismViolationError, isCancellation, nondeterminismError } from './errors.ts';
import { withEventGroups } from './event-groups.ts';
import { FlagRecorder, type LangFlag } from './flags.ts';
import { DEFAULT_FUEL_LIMITS, type FuelLimits, FuelMeter } from './fuel.ts';
import type { Host } from './host.ts';
import { InterceptorChains } from './interceptors.ts';
import type { ActivationJob } from './jobs.ts';
import { type LocalActivityExecutor, LocalActivityTracker } from './local-activity-tracker.ts';
import type { Operation, Resolution } from './operation.ts';
import { Patches } from './patches.ts';
import { Queries } from './queries.ts';
import { RunRandom } from './random.ts';
import { Signals } from './signals.ts';
import type { SinkCall } from './sinks.ts';
import type { StackCapture } from './stack-capture.ts';
import { Updates } from './updates.ts';
import type {
  RunIdentity,
  StartedInfo,
  TaskInfo,
  UnsafeWorkflowInfo,
  WorkflowInfo,
} from './workflow-info.ts';

export interface RunDependencies {
  readonly identity: RunIdentity;
  readonly converters: RunConverters;
  readonly host: Host;
  readonly unsafeRandom: UnsafeWorkflowInfo['random'];
  readonly localActivities?: LocalActivityExecutor | undefined;
  /** Whether a patch that history does not know becomes active. */
  readonly activatePatch?: ((info: WorkflowInfo, patchId: string) => boolean) | undefined;
  /** Names of error classes that fail the run instead of the task. */
  readonly failureErrorTypes: readonly string[];
  /** The code that this executor runs. */
  readonly build?: WorkerBuild | undefined;
  /** Set in instances made for stack trace queries. */
  readonly stacks?: StackCapture | undefined;
  readonly fuelLimits?: FuelLimits | undefined;
}

export type SequenceKind =
  | 'timer'
  | 'activity'
  | 'childWorkflow'
  | 'signalWorkflow'
  | 'cancelWorkflow'
  | 'nexusOperation'
  | 'condition';

const NO_TASK: TaskInfo = {
  historyLength: 0,
  historySize: 0,
  continueAsNewSuggested: false,
  targetWorkerDeploymentVersionChanged: false,
  currentBuildId: '',
};

export class WorkflowRun {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  readonly taskQueue: string;
  readonly converters: RunConverters;
  readonly host: Host;
  readonly stacks: StackCapture | undefined;
  readonly build: WorkerBuild | undefined;

  readonly rootScope = new RootCancellationScope();
  readonly rootContext: WorkflowContext = { run: this, scope: this.rootScope };
  readonly commands = new CommandQueue((message) => this.nondeterminism(message), {
    comparesIdsAndTypes: () => !this.isReplaying || this.flags.isCoreRecorded('comparesIdsAndTypes'),
    keepsAfterClosing: () => !this.isReplaying || this.flags.isCoreRecorded('closingCommandLast'),
  });
  /** By the ID of the event that began them. */
  readonly operations = new Map<number, Operation>();
  readonly blockedConditions = new Set<Condition>();
  readonly signals = new Signals(this);
  readonly updates = new Updates(this);
  readonly queries = new Queries(this);
  readonly patches = new Patches(this);
  readonly flags = new FlagRecorder();
  readonly interceptors = new InterceptorChains();
  readonly localActivities: LocalActivityTracker;
  readonly random: RunRandom;
  readonly fuel: FuelMeter;

  /** Workflow time, in milliseconds since the epoch (WFT-18). */
  now = 0;
  isReplaying = false;
  /** Free text for user interfaces. */
  currentDetails = '';
  /** Scopes of `setTimeout` by their handle. */
  readonly timeouts = new Map<number, { cancel(): void }>();
  main: Workflow | undefined;
  typeInfo: PayloadTypeInfo | undefined;
  failureExceptionTypes: readonly (new (...args: never[]) => Error)[] = [];
  versioningBehavior: VersioningBehavior | undefined;
  started:
    | { readonly attributes: EventAttributes<'WorkflowExecutionStarted'>; readonly info: StartedInfo }
    | undefined;

  readonly #dependencies: RunDependencies;
  readonly #sequences: Record<SequenceKind, number> = {
    timer: 0,
    activity: 0,
    childWorkflow: 0,
    signalWorkflow: 0,
    cancelWorkflow: 0,
    nexusOperation: 0,
    condition: 0,
  };
  #cancelOrder = 0;
  #jobs: ActivationJob[] = [];
  #sinkCalls: SinkCall[] = [];
  #task: TaskInfo = NO_TASK;
  #info: WorkflowInfo | undefined;
  #upserted: Partial<Pick<StartedInfo, 'searchAttributes' | 'typedSearchAttributes' | 'memo'>> = {};
  #upsertedFields: NonNullable<WireSearchAttributes['indexedFields']> = {};
  #readOnlyIn: string | undefined;
  #isLiveRead = false;
  #isCancelled = false;
  #taskError: { readonly error: unknown } | undefined;
  #poison: Error | undefined;

  constructor(dependencies: RunDependencies) {
    const { identity } = dependencies;
    this.namespace = identity.namespace;
    this.workflowId = identity.workflowId;
    this.runId = identity.runId;
    this.workflowType = identity.workflowType;
    this.taskQueue = identity.taskQueue;
    this.converters = dependencies.converters;
    this.host = dependencies.host;
    this.stacks = dependencies.stacks;
    this.random = new RunRandom(identity.runId);
    this.build = dependencies.build;
    this.fuel = new FuelMeter(dependencies.host.now, dependencies.fuelLimits ?? DEFAULT_FUEL_LIMITS);
    this.localActivities = new LocalActivityTracker(dependencies.localActivities);
    this.#dependencies = dependencies;
  }

  get hasStarted(): boolean {
    return this.main !== undefined;
  }

  /** Whether code has made a closing command. */
  get isCompleted(): boolean {
    return this.commands.isClosing;
  }

  // --- What workflow code asks for ---

  nextSeq(kind: SequenceKind): number {
    this.#assertWritable();
    this.#sequences[kind]++;
    return this.#sequences[kind];
  }

  /** The number that `nextSeq` will give. */
  peekSeq(kind: SequenceKind): number {
    return this.#sequences[kind] + 1;
  }

  nextCancelOrder(): number {
    this.#cancelOrder++;
    return this.#cancelOrder;
  }

  pushCommand(command: Command, operation?: Operation, patchId?: string): CommandEntry {
    this.#assertWritable();
    return this.commands.push(withEventGroups(command), operation, patchId);
  }

  /**
   * Whether to behave as a flag has it (NDE-6): always when live, which is recorded; on replay only where history says so, for it
   * may have been made by an older SDK.
   */
  hasFlag(flag: LangFlag): boolean {
    if (this.flags.isRecorded(flag)) return true;
    if (this.isReplaying) return this.flags.holdsUnrecorded(flag, this.info.currentBuildId);
    this.flags.use(flag);
    return true;
  }

  patched(patchId: string, deprecated: boolean): boolean {
    return this.patches.decide(patchId, deprecated);
  }

  activatesPatch(patchId: string): boolean {
    return this.#dependencies.activatePatch?.(this.info, patchId) ?? true;
  }

  addSinkCall(ifaceName: string, fnName: string, args: unknown[]): void {
    this.#sinkCalls.push({ ifaceName, fnName, args, workflowInfo: this.info });
  }

  takeSinkCalls(): SinkCall[] {
    return this.#sinkCalls.splice(0);
  }

  // --- Payloads ---

  toPayloads(values: readonly unknown[]): Payloads | undefined {
    return this.converters.toPayloads(values);
  }

  header(headers: Headers): Header {
    return Object.keys(headers).length === 0 ? {} : { fields: headers };
  }

  memo(memo: Record<string, unknown> | undefined, context = this.converters.context): Memo | undefined {
    return memo && { fields: mapToPayloads(this.converters.payloadConverter, memo, context) };
  }

  searchAttributes(
    untyped: SearchAttributes | undefined,
    typed: SearchAttributePair[] | TypedSearchAttributes | undefined,
  ): WireSearchAttributes | undefined {
    return untyped || typed ? { indexedFields: encodeUnifiedSearchAttributes(untyped, typed) } : undefined;
  }

  /** The member of a command that holds texts for people, if there are any. */
  userMetadata(
    summary: string | undefined,
    details?: string,
    context = this.converters.context,
  ): { userMetadata?: UserMetadata } {
    if (summary === undefined && details === undefined) return {};
    const { payloadConverter } = this.converters;
    const userMetadata = userMetadataToPayload(payloadConverter, summary, details, context);
    return userMetadata ? { userMetadata } : {};
  }

  // --- What history brings ---

  enqueue(job: ActivationJob): void {
    this.#jobs.push(job);
  }

  takeJobs(): ActivationJob[] {
    const jobs = this.#jobs;
    if (jobs.length > 0) this.#jobs = [];
    return jobs;
  }

  get hasJobs(): boolean {
    return this.#jobs.length > 0;
  }

  settle<T>(completion: Completion<T>, resolution: Resolution): void {
    if (!completion.isOpen) return;
    if (resolution.status === 'failed')
      completion.reject(this.converters.failureToError(resolution.failure, completion.resultContext));
    // What an operation resolves to is the business of whoever typed the call.
    else
      completion.resolve(
        this.converters.fromPayload(resolution.payload, completion.resultContext, completion.outputType) as T,
      );
  }

  /** Time does not go back (WFT-18). */
  advanceTime(time: number | undefined): void {
    if (time !== undefined && time > this.now) this.now = time;
  }

  setTask(task: TaskInfo): void {
    this.#task = task;
    this.#info = undefined;
  }

  setReplaying(isReplaying: boolean): void {
    this.isReplaying = isReplaying;
    this.#info = undefined;
  }

  // --- workflowInfo() ---

  /** False in query handlers and validators, which are live though the run may stand in replay (QRY-9). */
  get isReplayingHistoryEvents(): boolean {
    return this.isReplaying && !this.#isLiveRead;
  }

  get info(): WorkflowInfo {
    this.#info ??= this.#buildInfo();
    return this.#info;
  }

  #buildInfo(): WorkflowInfo {
    const { host, isReplaying } = this;
    return {
      // Read before the started event was applied, which module code may do, there is only who it is.
      ...(this.started?.info ?? (this.#dependencies.identity as StartedInfo)),
      ...this.#upserted,
      ...this.#task,
      unsafe: {
        now: () => host.now(),
        isReplaying,
        isReplayingHistoryEvents: this.isReplayingHistoryEvents,
        random: this.#dependencies.unsafeRandom,
      },
    };
  }

  upsertInfo(
    upserted: Partial<Pick<StartedInfo, 'searchAttributes' | 'typedSearchAttributes' | 'memo'>>,
  ): void {
    this.#upserted = { ...this.#upserted, ...upserted };
    this.#info = undefined;
  }

  upsertSearchAttributeFields(fields: NonNullable<WireSearchAttributes['indexedFields']>): void {
    this.#upsertedFields = { ...this.#upsertedFields, ...fields };
  }

  /** The search attributes that a next run starts with: those of this one's start and what was upserted (CAN-3). */
  currentSearchAttributes(): WireSearchAttributes | undefined {
    const indexedFields = {
      ...this.started?.attributes.searchAttributes?.indexedFields,
      ...this.#upsertedFields,
    };
    return Object.keys(indexedFields).length === 0 ? undefined : { indexedFields };
  }

  // --- Reading without changing ---

  /** Runs `fn` during which the run must not be changed: a query handler, a validator (QRY-7, UPD-4). */
  readOnly<T>(where: string, fn: () => T): T {
    this.beginReadOnly(where);
    try {
      return fn();
    } finally {
      this.endReadOnly();
    }
  }

  beginReadOnly(where: string): void {
    this.#readOnlyIn = where;
    this.#isLiveRead = true;
    this.#info = undefined;
  }

  endReadOnly(): void {
    this.#readOnlyIn = undefined;
    this.#isLiveRead = false;
    this.#info = undefined;
  }

  #assertWritable(): void {
    this.assertAlive();
    if (this.#readOnlyIn === undefined) return;
    throw new DeterminismViolationError(
      `Workflow commands cannot be made in ${this.#readOnlyIn}: it may only read (workflow '${this.workflowId}', run '${this.runId}')`,
    );
  }

  // --- How the run ends ---

  cancel(): void {
    this.#isCancelled = true;
    this.rootScope.cancel();
  }

  complete(result: unknown): void {
    const payload = this.converters.toPayload(result, this.typeInfo?.outputType);
    this.pushCommand({
      commandType: 'CompleteWorkflowExecution',
      attributes: { result: { payloads: [payload] } },
    });
  }

  /** What an error out of the main function or a handler does (FAIL-1, SIG-7). */
  fail(error: unknown): void {
    if (this.#isCancelled && isCancellation(error)) {
      this.pushCommand({ commandType: 'CancelWorkflowExecution', attributes: {} });
    } else if (error instanceof ContinueAsNew) {
      const { command: attributes, eventGroupMarkers } = error;
      const groups = eventGroupMarkers && { eventGroupMarkers: [...eventGroupMarkers] };
      this.pushCommand({ commandType: 'ContinueAsNewWorkflowExecution', attributes, ...groups });
    } else if (error instanceof TemporalFailure || this.#isFailureException(error)) {
      // The run fails: handlers that still run are no news.
      this.signals.inProgress.clear();
      this.updates.inProgress.clear();
      const failure = this.converters.errorToFailure(ensureTemporalFailure(error));
      this.pushCommand({ commandType: 'FailWorkflowExecution', attributes: { failure } });
    } else {
      this.failTask(error);
    }
  }

  #isFailureException(error: unknown): boolean {
    if (this.failureExceptionTypes.some((type) => (type as unknown) === Error || error instanceof type))
      return true;
    const names = this.#dependencies.failureErrorTypes;
    if (names.length === 0) return false;
    if (names.includes('Error')) return true;
    for (
      let type = Object(error).constructor;
      typeof type === 'function';
      type = Object.getPrototypeOf(type)
    ) {
      if (names.includes(type.name)) return true;
    }
    return false;
  }

  /** The task fails, the run goes on; the first error is kept. */
  failTask(error: unknown): void {
    this.#taskError ??= { error };
  }

  get taskError(): { readonly error: unknown } | undefined {
    return this.#poison ? { error: this.#poison } : this.#taskError;
  }

  /** From now on everything that code does throws `error`: it had its chance to come to rest. */
  poison(error: Error): void {
    this.#poison ??= error;
  }

  assertAlive(): void {
    if (this.#poison !== undefined) throw this.#poison;
  }

  // --- Errors about history ---

  nondeterminism(message: string): DeterminismViolationError {
    return nondeterminismError(
      `${message} (workflow '${this.workflowId}' of type '${this.workflowType}', run '${this.runId}')`,
    );
  }

  unexpectedEvent(event: HistoryEvent, why: string): DeterminismViolationError {
    return this.nondeterminism(`Event ${describeEvent(event)} does not fit: ${why}`);
  }

  dispose(): void {
    this.localActivities.dispose();
  }
}
