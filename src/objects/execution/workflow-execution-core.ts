/**
 * A `WorkflowExecution` object without its platform: the calls of `WorkflowExecutionApi` and the alarm, over a turn loop and
 * the ports. Calls never reject for what went wrong here: a refusal or a failed turn is data.
 */
import type { Input, ParentNotification, Result, StartReply, Turn, UpdateReply } from '../../engine/api.ts';
import type {
  PauseWorkflowRequest,
  ResetWorkflowRequest,
  SignalWithStartWorkflowRequest,
  StartWorkflowRequest,
} from '../../engine/requests.ts';
import type { QueryAnswer, WorkflowTaskCompletion } from '../../engine/workflow-task.ts';
import type { UpdateStageName } from '../../sdk/common/wire/messages.ts';
import type { DescribeWorkflowExecutionResponse } from '../../sdk/common/wire/requests.ts';
import { attributesUsedBy } from '../namespace/search-attribute-types.ts';
import { NexusTasks } from '../nexus/nexus-tasks.ts';
import type { ObjectOptions } from '../object-options.ts';
import type { ObjectPorts } from '../ports.ts';
import type { TaskReference } from '../task-queue/task-queue-api.ts';
import type { VisibilityUpdate } from '../visibility/visibility-api.ts';
import { CallEntrance } from './call-entrance.ts';
import { Deletion } from './deletion.ts';
import { ExecutionQueries } from './execution-queries.ts';
import { ExecutionReads } from './execution-reads.ts';
import { ExecutionWaits } from './execution-waits.ts';
import { queryElsewhere, RemoteTasks } from './remote-tasks.ts';
import type { RemoteTasksApi, RemoteWorker, StartedTask, WorkflowTaskReference } from './remote-tasks-api.ts';
import type { AlsoWrite } from './turn-inbox.ts';
import { TurnLoop } from './turn-loop.ts';
import { startAndAdmit } from './update-with-start.ts';
import { WaiterSockets, type WaitsFor } from './waiter-sockets.ts';
import type {
  CallAddress,
  HistoryPage,
  HistoryRequest,
  QueryReply,
  QueryRequest,
  ReplyTo,
  RunResult,
  SignalReply,
  UpdateCall,
  WorkflowExecutionApi,
} from './workflow-execution-api.ts';

type Api = Omit<WorkflowExecutionApi, 'fetch'> & RemoteTasksApi;

export class WorkflowExecutionCore implements Api {
  readonly loop: TurnLoop;
  readonly #ports: ObjectPorts;
  readonly #options: ObjectOptions;
  readonly #reads: ExecutionReads;
  readonly #queries: ExecutionQueries;
  readonly #sockets: WaiterSockets;
  readonly #entrance: CallEntrance;
  readonly #waits: ExecutionWaits;
  readonly #deletion: Deletion;
  readonly #nexus: NexusTasks;

  /** Set where workers elsewhere can take this workflow's tasks. */
  readonly remote: RemoteTasks | undefined;

  constructor(ports: ObjectPorts, options: ObjectOptions) {
    const { engine, times, log } = options;
    const { clock } = ports;
    const { taskQueue } = ports.stubs;
    this.#ports = ports;
    this.#options = options;
    const loop = new TurnLoop(ports, options);
    const reads = new ExecutionReads(engine, loop.state, loop.store);
    this.loop = loop;
    this.#reads = reads;
    this.#entrance = new CallEntrance(loop, options);
    this.#waits = new ExecutionWaits({ loop, reads, engine, clock, times });
    this.#deletion = new Deletion({ loop, reads, engine, ports, log });
    this.#queries = new ExecutionQueries(engine, this.#reads, this.loop.tasks);
    this.#sockets = new WaiterSockets(ports.sockets, this.#reads);
    this.loop.followers.onNews = () => this.#sockets.notify();
    this.loop.followers.hasOthers = () => this.#sockets.mayExist;
    this.remote = taskQueue && new RemoteTasks(ports, options, this.loop, taskQueue);
    this.loop.elsewhere = this.remote;
    this.#nexus = new NexusTasks(ports, options, this.loop);
    this.loop.nexus = this.#nexus;
  }

  /** Since this instance was loaded, alarms included; for tests and figures. */
  get rowsWritten(): number {
    return this.#ports.storage.rowsWritten;
  }

  start(
    at: CallAddress,
    request: StartWorkflowRequest,
    waitMs = 0,
  ): Promise<Result<StartReply & { result?: RunResult }>> {
    return this.#admit(at, request, async () => {
      const reply = await this.#begin(at, request, (turn) => turn.start(request));
      if (!reply.ok || waitMs <= 0) return reply;
      const result = await this.#waits.result(reply.value.runId, false, waitMs);
      return result.ok ? { ok: true, value: { ...reply.value, result: result.value } } : result;
    });
  }

  signalWithStart(at: CallAddress, request: SignalWithStartWorkflowRequest): Promise<Result<StartReply>> {
    return this.#admit(at, request, () => this.#begin(at, request, (turn) => turn.signalWithStart(request)));
  }

  /** UPD-17: one turn starts and admits. */
  updateWithStart(
    at: CallAddress,
    start: StartWorkflowRequest,
    update: UpdateCall,
  ): Promise<Result<{ start: StartReply; update: UpdateReply }>> {
    return this.#admit(at, [start, update.request], async () => {
      const { meta } = update.request;
      const known = (runId?: string) => this.#reads.updateState(runId, meta.updateId);
      const limits = this.loop.limits.current;
      const begun = await this.#begin(at, start, (turn) =>
        startAndAdmit(turn, { start, update, known, limits }),
      );
      if (!begun.ok) return begun;
      const { runId, updateId } = begun.value.update;
      const reached = await this.#waits.update(runId, updateId, update.waitStage, update.waitMs);
      return { ok: true, value: { ...begun.value, update: reached ?? begun.value.update } };
    });
  }

  apply<I extends Input>(at: CallAddress, input: I): Promise<Result<ReplyTo<I>>> {
    // Sound: which reply belongs to which input is what `ReplyTo` says.
    return this.#apply(at, input) as Promise<Result<ReplyTo<I>>>;
  }

  #apply(at: CallAddress, input: Input): Promise<Result<ReplyTo<Input>>> {
    if (input?.kind === 'Signal')
      return this.#admit(at, input, () =>
        this.#submit(at, (turn): Result<SignalReply> => {
          const taken = turn.apply(input);
          const { runId } = turn.execution.current ?? {};
          return taken.ok ? { ok: true, value: runId === undefined ? undefined : { runId } } : taken;
        }),
      );
    return this.#answer(at, () => {
      if (input.kind === 'ActivityPing') this.loop.activities.renew(input.activity, input.leaseMs, false);
      if (input.kind === 'ActivityHeartbeat') this.loop.activities.renew(input.activity, undefined, true);
      return this.#submit(at, (turn) => turn.apply(input));
    });
  }

  /** QRY-2: a query waits for a first task that is held back no longer than a caller waits. */
  query(at: CallAddress, request: QueryRequest): Promise<Result<QueryReply>> {
    return this.#admit(at, request, async () => {
      const latest = this.#ports.clock.now() + this.#options.times.waitMaxMs;
      for (;;) {
        await this.#waits.beginning(request, latest);
        const elsewhere =
          this.remote && (await queryElsewhere(this.loop, this.remote, this.#queries, request));
        const reply = elsewhere ?? (await this.loop.query(() => this.#queries.query(request)));
        // A run that continues as new in the meantime leaves one that has not begun.
        if (reply.ok || !this.#waits.beginsBy(request, latest)) return reply;
      }
    });
  }

  startTask(at: CallAddress, reference: TaskReference, worker: RemoteWorker): Promise<Result<StartedTask>> {
    return this.#answer(at, () =>
      reference.kind === 'nexus'
        ? this.#nexus.startTask(at, reference)
        : this.#remoteTasks().startTask(at, reference, worker),
    );
  }

  completeWorkflowTask(
    at: CallAddress,
    task: WorkflowTaskReference,
    completion: WorkflowTaskCompletion,
    worker: RemoteWorker,
  ): Promise<Result<{ closed: boolean }>> {
    return this.#answer(at, async () => {
      await this.loop.attributes.learn(at.namespace, attributesUsedBy(completion));
      return this.#remoteTasks().completeWorkflowTask(at, task, completion, worker);
    });
  }

  answerQuery(at: CallAddress, queryId: string, answer: QueryAnswer): Promise<Result<undefined>> {
    return this.#answer(at, () => this.#remoteTasks().answerQuery(at, queryId, answer));
  }

  #remoteTasks(): RemoteTasks {
    if (this.remote !== undefined) return this.remote;
    throw new Error('This Worker has no task queues for workers elsewhere.');
  }

  update(at: CallAddress, call: UpdateCall): Promise<Result<UpdateReply>> {
    return this.#admit(at, call.request, async () => {
      const { runId, firstExecutionRunId, request } = call;
      const run = { ...(runId && { runId }), ...(firstExecutionRunId && { firstExecutionRunId }) };
      const admitted = await this.#submit(at, (turn) => turn.admitUpdate(request, run));
      if (!admitted.ok) return admitted;
      const { updateId } = admitted.value;
      const reached = await this.#waits.update(admitted.value.runId, updateId, call.waitStage, call.waitMs);
      return { ok: true, value: reached ?? admitted.value };
    });
  }

  pollUpdate(
    at: CallAddress,
    runId: string | undefined,
    updateId: string,
    waitStage: UpdateStageName,
    waitMs: number,
  ): Promise<Result<UpdateReply>> {
    return this.#admit(at, undefined, async () => {
      const reply = await this.#waits.update(runId, updateId, waitStage, waitMs);
      if (reply !== undefined) return { ok: true, value: reply };
      return { ok: false, error: { code: 'NOT_FOUND', message: `update "${updateId}" not found` } };
    });
  }

  describe(at: CallAddress, runId?: string): Promise<Result<DescribeWorkflowExecutionResponse>> {
    return this.#admit(at, undefined, () =>
      this.loop.read(() => this.#reads.describe(runId, this.#ports.clock.now())),
    );
  }

  history(at: CallAddress, request: HistoryRequest): Promise<Result<HistoryPage>> {
    return this.#admit(at, undefined, () => this.#waits.history(request));
  }

  result(
    at: CallAddress,
    request: { runId?: string; followRuns: boolean; waitMs: number },
  ): Promise<Result<RunResult>> {
    return this.#admit(at, undefined, () =>
      this.#waits.result(request.runId, request.followRuns, request.waitMs),
    );
  }

  reset(at: CallAddress, request: ResetWorkflowRequest): Promise<Result<{ runId: string }>> {
    return this.#answer(at, () => {
      const decide = (turn: Turn): Result<{ runId: string }> => {
        const base = this.#reads.view(request.runId);
        if (base === undefined) return this.#reads.notFound(request.runId);
        return turn.reset(request, this.#reads.events(base), this.#reads.continuations(base));
      };
      return this.loop.submit(decide, { ...depthOf(at), isAlone: true });
    });
  }

  pause(at: CallAddress, request: PauseWorkflowRequest): Promise<Result<undefined>> {
    return this.#applyQuietly(at, { kind: 'Pause', request });
  }

  unpause(at: CallAddress, request: PauseWorkflowRequest): Promise<Result<undefined>> {
    return this.#applyQuietly(at, { kind: 'Unpause', request });
  }

  visibility(at: CallAddress, runIds: readonly string[]): Promise<Result<VisibilityUpdate[]>> {
    return this.#answer(at, async () => {
      await this.loop.wake();
      const value = await this.loop.read(() =>
        runIds
          .map((runId) => this.#reads.visibility(runId, this.loop.wakes.next()))
          .filter((update) => update !== undefined),
      );
      return { ok: true, value };
    });
  }

  async retell({ depth = 0 }: Pick<CallAddress, 'depth'>): Promise<boolean> {
    this.loop.budget.begin(depth);
    const isHeld = await this.loop.telling.retell();
    if (isHeld) await this.loop.wake();
    return isHeld;
  }

  deleteAll(at: CallAddress): Promise<Result<undefined>> {
    return this.#answer(at, async () => {
      const runs = await this.loop.read(() => (this.loop.state.isStored ? this.loop.store.runs.all() : []));
      for (const { summary } of runs) {
        const deleted = await this.delete(at, summary.runId);
        // What was erased meanwhile is gone too.
        if (!deleted.ok && deleted.error.code !== 'NOT_FOUND') return deleted;
      }
      return { ok: true, value: undefined };
    });
  }

  delete(at: CallAddress, runId?: string): Promise<Result<undefined>> {
    return this.#answer(at, () => this.#deletion.run(runId, at.depth ?? 0));
  }

  childClosed(at: CallAddress, notification: ParentNotification): Promise<Result<undefined>> {
    const { parent, ...closed } = notification;
    const input: Input = { kind: 'ChildClosed', ...closed, runId: parent.runId };
    return this.#applyQuietly(at, input);
  }

  /** What a socket that begins to wait has seen so far. */
  socketWait(at: CallAddress, runId: string | undefined): Promise<WaitsFor> {
    this.#entrance.enter(at);
    return this.loop.read(() => this.#sockets.begin(runId));
  }

  /** Floor first, then the work, then the true deadline; nothing is thrown through. */
  async alarm(): Promise<void> {
    const { clock, storage } = this.#ports;
    const { lease, retryMs } = this.#options.times;
    this.loop.alarm.fired();
    this.loop.budget.begin(0);
    try {
      const isWaiting = this.loop.activities.inFlight > 0;
      const floor = isWaiting ? lease.pingIntervalMs * lease.intervalsPerLease : retryMs * 2;
      this.loop.alarm.ensure(clock.now() + floor, clock.now());
      await storage.sync();
      await this.loop.wake();
      await this.loop.visibility.flushDue(clock.now());
      if (await this.#deletion.isErased()) return;
      await this.loop.read(() => this.loop.wakes.settle());
    } catch (error) {
      this.#options.log('ERROR', 'The alarm failed; it comes again', { ...this.loop.identity, error });
      this.loop.wakes.postpone();
    }
  }

  async #begin<T>(
    at: CallAddress,
    { searchAttributes }: Pick<StartWorkflowRequest, 'searchAttributes'>,
    decide: (turn: Turn) => Result<T>,
  ): Promise<Result<T>> {
    if (searchAttributes !== undefined) await this.loop.attributes.learn(at.namespace, [searchAttributes]);
    const withRetention = (turn: Turn, alsoWrite: AlsoWrite): Result<T> => {
      const reply = decide(turn);
      if (reply.ok) this.#keepRetention(at, alsoWrite);
      return reply;
    };
    return this.loop.submit(withRetention, { ...depthOf(at), isGuarded: at.guarded === true });
  }

  /** NS-2: a change of the namespace's retention holds for what closes later. */
  #keepRetention({ namespaceConfig }: CallAddress, alsoWrite: AlsoWrite): void {
    const { identity } = this.loop;
    if (namespaceConfig === undefined || identity === undefined) return;
    const { retentionMs } = namespaceConfig;
    if (identity.retentionMs === retentionMs) return;
    identity.retentionMs = retentionMs;
    if (this.loop.state.isStored) alsoWrite(() => this.loop.store.setRetention(retentionMs));
  }

  #submit<T>(at: CallAddress, decide: (turn: Turn) => T): Promise<T> {
    return this.loop.submit(decide, depthOf(at));
  }

  #applyQuietly(at: CallAddress, input: Input): Promise<Result<undefined>> {
    return this.#answer(at, async () => {
      const result = await this.#submit(at, (turn) => turn.apply(input));
      return result.ok ? { ok: true, value: undefined } : result;
    });
  }

  #admit<T>(at: CallAddress, brought: unknown, call: () => Promise<Result<T>>): Promise<Result<T>> {
    return this.#entrance.admit(at, brought, call);
  }

  #answer<T>(at: CallAddress, call: () => Promise<Result<T>>): Promise<Result<T>> {
    return this.#entrance.answer(at, call);
  }
}

const depthOf = (at: CallAddress) => ({ depth: at.depth ?? 0 });
