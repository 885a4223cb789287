/**
 * The turns of one object. A turn takes every input that has arrived, decides, runs the workflow task if one is due, decides
 * on its commands, admits activities, and commits all of it as one transaction; then callers are answered and effects leave.
 *
 * N1 One turn or query at a time: requests, results and the alarm interleave at every await, and wait here.
 * N2 Nobody is answered and nothing is sent before the commit.
 * N3 When a turn fails, whatever it had done in memory is thrown away and folded again from storage.
 * N4 At most one workflow task a turn, so that the code of one run cannot take the commit of another with it.
 * N5 Work that is due and could not be done has an alarm; nothing is tried again in a tight loop.
 */
import type {
  ActivityTask,
  PendingWork,
  Run,
  RunChanges,
  Turn,
  TurnContext,
  WorkflowTaskOutcome,
} from '../../engine/api.ts';
import type { WorkflowTaskCompletion } from '../../engine/workflow-task.ts';
import { nextCronTime } from '../../times/cron-schedule.ts';
import { ActivityDispatcher } from '../activity/activity-dispatcher.ts';
import { LeaseWatch } from '../activity/lease-watch.ts';
import { KnownSearchAttributes } from '../namespace/search-attribute-types.ts';
import type { ObjectOptions } from '../object-options.ts';
import type { ObjectPorts } from '../ports.ts';
import { ExecutionStore, type StoredIdentity } from '../storage/storage.ts';
import { VisibilityDelivery } from '../visibility/visibility-delivery.ts';
import { AlarmKeeper } from './alarm-keeper.ts';
import { ColdActivations } from './cold-activations.ts';
import { DueWork } from './due-work.ts';
import { ExecutionState } from './execution-state.ts';
import { Followers } from './followers.ts';
import { HistoryWarnings } from './history-warnings.ts';
import { IndexTelling } from './index-telling.ts';
import { InvocationBudget } from './invocation-budget.ts';
import { KnownLimits } from './known-limits.ts';
import { Outbox } from './outbox.ts';
import { type AlsoWrite, type Entry, type EntryOptions, TurnInbox } from './turn-inbox.ts';
import { Waiters } from './waiters.ts';
import { WakePlan } from './wake-plan.ts';
import { type OutstandingTask, WorkflowTasks } from './workflow-tasks.ts';

/** One turn in the making: what goes into its commit beside the engine's changes. */
interface TurnInProgress {
  turn: Turn;
  now: number;
  entries: readonly Entry[];
  /** Writes of the object's own, inside the commit. */
  alsoWrite: (() => void)[];
  admitted: readonly ActivityTask[];
}

/** What offers the tasks of this workflow to workers elsewhere. */
export interface TasksElsewhere {
  offer(): void;
  nextOffer(): number | undefined;
  forget(): void;
}

/** What became of the workflow task that a turn met. */
type Activation = 'none' | 'done' | 'guarded';

/** One of so many rounds is for who only reads. */
const TURNS_BEFORE_READ = 8;

export class TurnLoop {
  readonly store: ExecutionStore;
  readonly state: ExecutionState;
  readonly tasks: WorkflowTasks;
  readonly activities: ActivityDispatcher;
  readonly outbox: Outbox;
  readonly visibility: VisibilityDelivery;
  /** Callers that wait for a result or an update. */
  readonly waiters: Waiters;
  readonly followers: Followers;
  readonly budget: InvocationBudget;
  readonly attributes: KnownSearchAttributes;
  readonly alarm: AlarmKeeper;
  readonly wakes: WakePlan;
  readonly telling = new IndexTelling(this);
  readonly limits: KnownLimits;
  readonly inbox = new TurnInbox();
  /** Set when there are task queues that are served elsewhere. */
  elsewhere: TasksElsewhere | undefined;
  /** Offers the requests of Nexus operations to those who serve them. */
  nexus: TasksElsewhere | undefined;
  readonly #ports: ObjectPorts;
  readonly #options: ObjectOptions;
  readonly #cold: ColdActivations;
  readonly #due: DueWork;
  readonly #leaseWatch: LeaseWatch;
  readonly #historyWarnings: HistoryWarnings;
  #identity: StoredIdentity | undefined;
  #running: Promise<void> | undefined;
  #hasTaskOfEarlierInstance = false;
  #isIdle = false;

  constructor(ports: ObjectPorts, options: ObjectOptions) {
    const { clock, stubs, activities } = ports;
    const { engine, times, log } = options;
    this.#ports = ports;
    this.#options = options;
    this.store = new ExecutionStore(ports.storage);
    this.state = new ExecutionState(engine, this.store, stubs.visibility !== undefined);
    this.waiters = new Waiters(clock);
    this.followers = new Followers(clock, times.tellAfterSendMs);
    this.budget = new InvocationBudget(options.invocation);
    this.attributes = new KnownSearchAttributes(stubs.searchAttributes);
    this.alarm = new AlarmKeeper(clock, times.alarmAheadMaxMs);
    this.limits = new KnownLimits({ limits: options.limits, stubs, log });
    this.#cold = new ColdActivations(this.store, times);
    this.#historyWarnings = new HistoryWarnings(log);
    this.tasks = new WorkflowTasks({
      state: this.state,
      store: this.store,
      clock,
      options,
      attributes: this.attributes,
      completed: (task, completion) => this.#completedLater(task, completion),
    });
    this.activities = new ActivityDispatcher({
      clock,
      activities,
      lease: times.lease,
      log,
      deliver: (input, depth) => this.post((turn) => turn.apply(input), depth),
    });
    this.outbox = new Outbox({
      clock,
      stubs,
      times,
      log,
      acknowledge: (acknowledgement, depth) => this.post(acknowledgement, depth),
      failed: () => this.background(this.wake()),
    });
    this.visibility = new VisibilityDelivery({
      writer: stubs.visibility,
      engine,
      clock,
      times,
      log,
      read: (work) => this.read(() => (this.state.isStored ? work(this.state.execution) : undefined)),
      nextWake: () => this.wakes.next(),
      acknowledge: (told) => this.telling.indexed(told),
      failed: () => this.background(this.wake()),
      keepAlive: (work) => this.background(work),
    });
    this.#leaseWatch = new LeaseWatch({
      clock,
      keepAlive: (work) => ports.keepAlive(work),
      nextExpiry: () => this.activities.earliestFoundExpiry(),
      wake: () => this.wake(),
    });
    const { tasks, outbox, budget } = this;
    this.#due = new DueWork({
      options,
      tasks,
      activities: this.activities,
      outbox,
      cold: this.#cold,
      budget,
      nextOffer: () => earliestOf(this.elsewhere?.nextOffer(), this.nexus?.nextOffer()),
    });
    const { alarm, state, visibility } = this;
    this.wakes = new WakePlan({ alarm, due: this.#due, state, visibility, clock, times });
  }

  get identity(): StoredIdentity | undefined {
    return this.#identity;
  }

  /** Whether anything says who this object is: its storage, or a caller. */
  get isIdentified(): boolean {
    this.#identity ??= this.store.open();
    return this.#identity !== undefined;
  }

  /** Who this object is, as its first caller says; storage has the last word. */
  identify(identity: StoredIdentity): StoredIdentity {
    this.#identity ??= this.store.open() ?? identity;
    return this.#identity;
  }

  /** Decides in the next turn; resolves with the decision once that turn is committed. */
  submit<T>(decide: (turn: Turn, alsoWrite: AlsoWrite) => T, options: EntryOptions = {}): Promise<T> {
    const reply = this.inbox.add(decide, options);
    void this.#run();
    return reply;
  }

  /** Runs between turns, when memory and storage agree. */
  read<T>(work: () => T | Promise<T>): Promise<T> {
    const result = this.inbox.addRead(work);
    void this.#run();
    return result;
  }

  /** Runs between turns and while no workflow task is outstanding. */
  query<T>(work: () => Promise<T>): Promise<T> {
    const result = this.inbox.addQuery(work);
    void this.#run();
    return result;
  }

  /** Does what is due; resolves when nothing is left that can be done now. */
  wake(): Promise<void> {
    this.#isIdle = false;
    return this.#run();
  }

  /** Without anybody who waits for it. */
  post(decide: (turn: Turn) => unknown, depth: number, options: EntryOptions = {}): void {
    const reply = this.submit(decide, { ...options, depth });
    void reply.catch((error) => this.#options.log('ERROR', 'An input was not recorded', { error }));
  }

  /** Keeps the object loaded meanwhile. */
  background(work: Promise<unknown>): void {
    this.#ports.keepAlive(work);
  }

  /** Whoever submits something need not wait for it: the object is kept loaded until the rounds are over. */
  #run(): Promise<void> {
    if (this.#running !== undefined) return this.#running;
    this.#running = this.#rounds().finally(() => {
      this.#running = undefined;
      // What arrived between the last look and here.
      if (this.inbox.hasWork(this.tasks.isOutstanding)) void this.#run();
    });
    this.background(this.#running);
    return this.#running;
  }

  async #rounds(): Promise<void> {
    for (let turns = 1; await this.#isLoaded(); turns++) {
      const hasWork = this.inbox.hasEntries || this.#isWorkDue();
      // Who reads sees what comes of all that came before; but a run that always has something to do keeps nobody waiting.
      if (hasWork && (turns % TURNS_BEFORE_READ !== 0 || !this.inbox.hasReads)) await this.#turn();
      else if (hasWork) await this.inbox.runNextRead(true);
      else if (!(await this.inbox.runNextRead(this.tasks.isOutstanding))) break;
    }
    this.elsewhere?.offer();
    this.nexus?.offer();
    this.visibility.begin();
    this.wakes.ensure();
  }

  #isWorkDue(): boolean {
    return !this.#isIdle && this.#due.isDue(this.state.execution, this.#ports.clock.now());
  }

  /** False when there is nothing to load, or it cannot be read: then all who wait are told. */
  async #isLoaded(): Promise<boolean> {
    this.#identity ??= this.store.open();
    if (this.#identity === undefined) return false;
    try {
      if (!this.state.isLoaded) await this.#load(this.#identity);
      return true;
    } catch (error) {
      this.forget();
      this.#abandon(this.inbox.takeAll(), error);
      this.inbox.failReads(error);
      return false;
    }
  }

  async #load(identity: StoredIdentity): Promise<void> {
    this.state.load(identity);
    if (!this.state.isStored) return;
    await this.alarm.load();
    await this.limits.learn(identity.namespace);
    const run = this.state.execution.current;
    if (run === undefined) return;
    // Cached workflow code belongs to the object that ran it: workerd never resumes its promises for another one.
    this.tasks.evict(run);
    this.#hasTaskOfEarlierInstance = true;
    this.#cold.load(run.runSeq);
    const work = this.pendingWork();
    const now = this.#ports.clock.now();
    this.activities.reconcile(this.#startedHere(work), now);
    this.#leaseWatch.begin();
    this.outbox.found(work, now);
    this.visibility.prepare(work.visibility, now);
  }

  async #turn(): Promise<void> {
    const entries = this.inbox.take();
    this.#isIdle = true;
    try {
      const progress = this.#begin(entries);
      const activation = await this.#activate(progress);
      this.#admit(progress);
      this.#commit(progress);
      if (activation === 'guarded') await this.#clearGuard();
    } catch (error) {
      this.#failed(entries, error);
    }
  }

  #begin(entries: readonly Entry[]): TurnInProgress {
    const now = this.#ports.clock.now();
    for (const { depth } of entries) this.budget.deepen(depth);
    const turn = this.state.beginTurn(this.#context(now));
    if (this.#hasTaskOfEarlierInstance && this.#runsHere()) turn.workflowTaskLost(); // This object was loaded again before it was completed.
    this.#hasTaskOfEarlierInstance = false;
    turn.fireDeadlines();
    const progress: TurnInProgress = { turn, now, entries, alsoWrite: [], admitted: [] };
    for (const input of this.activities.expired(now)) turn.apply(input);
    for (const entry of entries) entry.decide(turn, (write) => progress.alsoWrite.push(write));
    return progress;
  }

  #context(now: number): TurnContext {
    const { workerIdentity } = this.#options;
    const { attributes, limits } = this;
    return {
      now,
      get searchAttributeTypes() {
        return attributes.types;
      },
      newId: this.#ports.newId,
      limits: { ...limits.current, retentionMs: this.#identity?.retentionMs ?? limits.current.retentionMs },
      workerIdentity,
      nextCronTime,
      isKnownRun: (runId) => this.state.isStored && this.store.runs.find(runId) !== undefined,
      runOfRequest: (requestId) => (this.state.isStored ? this.store.runs.ofRequest(requestId) : undefined),
      isIndexed: this.visibility.isIndexed,
    };
  }

  async #activate(progress: TurnInProgress): Promise<Activation> {
    const { turn, now, alsoWrite } = progress;
    const run = this.#due.runToActivate(turn.execution, now);
    if (run === undefined) return 'none';
    if (this.#needsGuard(run, progress)) return this.#guard(run, progress);
    const startedAt = this.#ports.clock.now();
    const task = await this.tasks.run(turn);
    this.budget.spendCpu(this.#ports.clock.now() - startedAt);
    if (task.kind !== 'completed') return 'none';
    this.#complete(turn, task.task, task.completion, (write) => alsoWrite.push(write));
    return 'done';
  }

  #needsGuard(run: Run, { entries }: TurnInProgress): boolean {
    if (!this.#cold.needsGuard(run.runId)) return false;
    return this.state.isStoredRun(run.runSeq) || entries.some((entry) => entry.isGuarded);
  }

  /** Commits the attempt instead of making it; the next turn makes it. Or lets history say what became of the last ones. */
  #guard(run: Run, { turn, now, alsoWrite }: TurnInProgress): Activation {
    const reason = this.#cold.unreported(run.runSeq);
    if (reason === undefined) {
      alsoWrite.push(() => this.#cold.begin(run.runSeq, now));
      return 'guarded';
    }
    if (turn.startWorkflowTask() !== undefined)
      turn.workflowTaskLost({ message: reason, source: 'Server', serverFailureInfo: {} });
    alsoWrite.push(() => this.#cold.reported(run.runSeq));
    return 'none';
  }

  async #clearGuard(): Promise<void> {
    await this.#ports.storage.sync();
    const run = this.state.execution.current;
    if (run !== undefined) this.#cold.cleared(run.runId);
  }

  #complete(
    turn: Turn,
    { run, attempt, host }: OutstandingTask,
    completion: WorkflowTaskCompletion,
    alsoWrite: (write: () => void) => void,
  ): void {
    const outcome: WorkflowTaskOutcome = turn.completeWorkflowTask(completion, attempt);
    const isKept = outcome.kind === 'accepted' && !outcome.closed && !outcome.isDropped;
    if (!isKept || completion.kind === 'failed') host.evict(run.runId);
    const forgetAttempts = this.#cold.finished(run.runSeq, run.runId);
    if (forgetAttempts !== undefined) alsoWrite(forgetAttempts);
  }

  #completedLater(task: OutstandingTask, completion: WorkflowTaskCompletion): void {
    const reply = this.inbox.add(
      (turn, alsoWrite) => {
        if (this.tasks.claim(task)) this.#complete(turn, task, completion, alsoWrite);
      },
      { depth: 0 },
    );
    void reply.catch((error) => this.#options.log('ERROR', 'A completion was not recorded', { error }));
    void this.#run();
  }

  #admit(progress: TurnInProgress): void {
    const { turn, now } = progress;
    const free = Math.min(
      this.#options.dispatchWindow - this.activities.inFlight,
      this.budget.dispatchesLeft,
    );
    if (free <= 0) return;
    progress.admitted = turn.admitActivities(free, (taskQueue) => this.#options.servesActivities(taskQueue));
    if (progress.admitted.length < free) this.#due.leftWaiting(turn.execution, now);
  }

  #commit(progress: TurnInProgress): void {
    const { turn, now, entries, alsoWrite, admitted } = progress;
    const changes = turn.finish();
    this.#prepareEffects(turn, this.budget.dispatchesLeft - admitted.length, now);
    const target = this.wakes.at(turn.execution, now);
    const hasChanges = changes.length > 0 || alsoWrite.length > 0;
    if (hasChanges || (this.state.isStored && this.alarm.needsMove(target, now))) {
      const settles = entries.some((entry) => entry.settlesAlarm);
      const isOneStatement =
        alsoWrite.length === 0 &&
        !settles &&
        !this.alarm.needsMove(target, now) &&
        this.state.isOneRow(changes);
      this.#ports.storage.transaction(
        () => this.#write(changes, alsoWrite, target, { now, settles }),
        isOneStatement,
      );
      if (hasChanges) this.#isIdle = false;
    }
    this.state.committed(turn, changes);
    if (changes.length > 0) this.#changed();
    else if (entries.length === 0) this.#due.inVain();
    for (const entry of entries) entry.settle();
    this.#sendEffects(admitted);
    if (changes.length > 0) this.#announce(admitted);
    else this.waiters.notify(); // A rejected update leaves no trace, but an answer.
  }

  #changed(): void {
    this.#due.moved();
    const { namespace, workflowId, current } = this.state.execution;
    this.#historyWarnings.check(namespace, workflowId, current, this.limits.current);
  }

  #write(
    changes: readonly RunChanges[],
    alsoWrite: readonly (() => void)[],
    target: number | undefined,
    { now, settles }: { now: number; settles: boolean },
  ): void {
    if (this.#identity !== undefined) this.state.write(this.#identity, changes);
    for (const write of alsoWrite) write();
    const closed = changes.filter((change) => change.summary?.closeTime !== undefined);
    for (const { runSeq } of closed) this.#cold.closed(runSeq);
    if (closed.length > 0 || settles) this.alarm.settle(target, now);
    else this.alarm.ensure(target, now);
  }

  #prepareEffects(turn: Turn, capacity: number, now: number): void {
    const work = this.#options.engine.pendingWork(turn.execution);
    this.activities.reconcile(this.#startedHere(work), now);
    this.outbox.prepare(work, Math.max(capacity, 0), now);
    this.visibility.prepare(work.visibility, now);
  }

  #sendEffects(admitted: readonly ActivityTask[]): void {
    const depth = this.budget.hops;
    for (const { activityId, workflowId } of admitted)
      this.budget.spendDispatch(`Activity ${activityId} of ${workflowId}`);
    this.activities.send(admitted, depth);
    for (let sent = this.outbox.send(depth); sent > 0; sent--)
      this.budget.spendDispatch('A delivery to another workflow');
  }

  #announce(admitted: readonly ActivityTask[]): void {
    // The call of an activity waits for the disk by itself, and keeps the object loaded meanwhile.
    if (admitted.length === 0) this.background(this.#ports.storage.sync());
    this.waiters.notify();
    this.followers.tell(admitted);
  }

  /** Attempts that workers elsewhere have need no lease: their timeouts are all there is to wait for. */
  #startedHere({ startedActivities }: PendingWork): readonly ActivityTask[] {
    if (this.elsewhere === undefined) return startedActivities;
    return startedActivities.filter(({ taskQueue }) => this.#options.servesActivities(taskQueue));
  }

  #runsHere(): boolean {
    const run = this.state.execution.current;
    return this.elsewhere === undefined || (run !== undefined && this.tasks.host(run) !== undefined);
  }

  pendingWork(): PendingWork {
    return this.#options.engine.pendingWork(this.state.execution);
  }

  #failed(entries: readonly Entry[], error: unknown): void {
    this.#due.inVain();
    const culprits = this.inbox.putBack(entries);
    this.#abandon(culprits, error);
    const run = this.state.isLoaded ? this.state.execution.current : undefined;
    this.tasks.evict(run);
    this.tasks.forget();
    this.forget();
    this.#retryLater();
  }

  /** Where nothing is stored, nothing is due. */
  #retryLater(): void {
    if (this.store.open() !== undefined) this.background(this.wakes.retryLater());
  }

  #abandon(entries: readonly Entry[], error: unknown): void {
    this.#options.log('ERROR', 'A turn failed and was not committed', { ...this.#identity, error });
    for (const entry of entries) entry.fail(error);
  }

  /** Between turns: empties the object if `decide` says so, before any other input is looked at. */
  eraseIf(decide: () => boolean): Promise<boolean> {
    return this.read(async () => {
      if (!decide()) return false;
      this.forget();
      await this.store.deleteAll();
      return true;
    });
  }

  /** Throws away everything in memory (N3). */
  forget(): void {
    this.state.forget();
    this.#cold.forget();
    this.activities.forget();
    this.outbox.forget();
    this.visibility.forget();
    this.elsewhere?.forget();
    this.nexus?.forget();
    this.alarm.forget();
  }
}

function earliestOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
