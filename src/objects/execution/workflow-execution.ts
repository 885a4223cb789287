/** The Durable Object of one workflow ID: `WorkflowExecutionCore` on the platform's ports. */
import { DurableObject } from 'cloudflare:workers';
import type { Input, ParentNotification } from '../../engine/api.ts';
import type {
  PauseWorkflowRequest,
  ResetWorkflowRequest,
  SignalWithStartWorkflowRequest,
  StartWorkflowRequest,
} from '../../engine/requests.ts';
import type { QueryAnswer, WorkflowTaskCompletion } from '../../engine/workflow-task.ts';
import type { UpdateStageName } from '../../sdk/common/wire/messages.ts';
import { durableObjectPorts, type WorkerCalls } from '../durable-object-ports.ts';
import type { ObjectOptions } from '../object-options.ts';
import type { TaskReference } from '../task-queue/task-queue-api.ts';
import type { RemoteTasksApi, RemoteWorker, WorkflowTaskReference } from './remote-tasks-api.ts';
import type {
  CallAddress,
  HistoryRequest,
  QueryRequest,
  UpdateCall,
  WorkflowExecutionApi,
} from './workflow-execution-api.ts';
import { WorkflowExecutionCore } from './workflow-execution-core.ts';

export interface WorkflowExecutionClassOptions<Env> {
  options(env: Env): ObjectOptions;
  calls(): WorkerCalls;
}

export type WorkflowExecutionClass<Env> = new (
  ctx: DurableObjectState,
  env: Env,
) => DurableObject<Env> & WorkflowExecutionApi & RemoteTasksApi;

/** Makes the class that the Worker exports as `WorkflowExecution`. */
export function workflowExecutionClass<Env>(
  setup: WorkflowExecutionClassOptions<Env>,
): WorkflowExecutionClass<Env> {
  return class WorkflowExecution extends DurableObject<Env> implements WorkflowExecutionApi, RemoteTasksApi {
    readonly core: WorkflowExecutionCore;

    constructor(ctx: DurableObjectState, env: Env) {
      super(ctx, env);
      this.core = new WorkflowExecutionCore(durableObjectPorts(ctx, setup.calls()), setup.options(env));
    }

    start(at: CallAddress, request: StartWorkflowRequest, waitMs?: number) {
      return this.core.start(at, request, waitMs);
    }

    signalWithStart(at: CallAddress, request: SignalWithStartWorkflowRequest) {
      return this.core.signalWithStart(at, request);
    }

    updateWithStart(at: CallAddress, start: StartWorkflowRequest, update: UpdateCall) {
      return this.core.updateWithStart(at, start, update);
    }

    apply<I extends Input>(at: CallAddress, input: I) {
      return this.core.apply(at, input);
    }

    query(at: CallAddress, request: QueryRequest) {
      return this.core.query(at, request);
    }

    update(at: CallAddress, call: UpdateCall) {
      return this.core.update(at, call);
    }

    pollUpdate(
      at: CallAddress,
      runId: string | undefined,
      updateId: string,
      waitStage: UpdateStageName,
      waitMs: number,
    ) {
      return this.core.pollUpdate(at, runId, updateId, waitStage, waitMs);
    }

    describe(at: CallAddress, runId?: string) {
      return this.core.describe(at, runId);
    }

    history(at: CallAddress, request: HistoryRequest) {
      return this.core.history(at, request);
    }

    result(at: CallAddress, request: { runId?: string; followRuns: boolean; waitMs: number }) {
      return this.core.result(at, request);
    }

    reset(at: CallAddress, request: ResetWorkflowRequest) {
      return this.core.reset(at, request);
    }

    pause(at: CallAddress, request: PauseWorkflowRequest) {
      return this.core.pause(at, request);
    }

    unpause(at: CallAddress, request: PauseWorkflowRequest) {
      return this.core.unpause(at, request);
    }

    retell(at: Pick<CallAddress, 'depth'>) {
      return this.core.retell(at);
    }

    deleteAll(at: CallAddress) {
      return this.core.deleteAll(at);
    }

    delete(at: CallAddress, runId?: string) {
      return this.core.delete(at, runId);
    }

    visibility(at: CallAddress, runIds: readonly string[]) {
      return this.core.visibility(at, runIds);
    }

    childClosed(at: CallAddress, notification: ParentNotification) {
      return this.core.childClosed(at, notification);
    }

    startTask(at: CallAddress, reference: TaskReference, worker: RemoteWorker) {
      return this.core.startTask(at, reference, worker);
    }

    completeWorkflowTask(
      at: CallAddress,
      task: WorkflowTaskReference,
      completion: WorkflowTaskCompletion,
      worker: RemoteWorker,
    ) {
      return this.core.completeWorkflowTask(at, task, completion, worker);
    }

    answerQuery(at: CallAddress, queryId: string, answer: QueryAnswer) {
      return this.core.answerQuery(at, queryId, answer);
    }

    override alarm(): Promise<void> {
      return this.core.alarm();
    }

    /** `?namespace=&workflowId=[&runId=]` with `Upgrade: websocket`: one message when the run has news. */
    override async fetch(request: Request): Promise<Response> {
      if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
        return new Response('expected Upgrade: websocket', { status: 426 });
      }
      const query = new URL(request.url).searchParams;
      const at = { namespace: query.get('namespace') ?? '', workflowId: query.get('workflowId') ?? '' };
      const waitsFor = await this.core.socketWait(at, query.get('runId') ?? undefined);
      const { 0: client, 1: server } = new WebSocketPair();
      server.serializeAttachment(waitsFor);
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }

    /** Callers have nothing to say. */
    override webSocketMessage(): void {}

    override webSocketClose(socket: WebSocket, code: number): void {
      // 1005 and 1006 are what the platform reports for a close without a code; they may not be sent.
      socket.close(code === 1005 || code === 1006 ? 1000 : code, 'closed');
    }
  };
}
