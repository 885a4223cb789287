/** Handles: each method one call, with the interceptors around it. */
import { composeInterceptors } from '../common/interceptors.ts';
import type {
  QueryDefinition,
  SignalDefinition,
  UpdateDefinition,
  Workflow,
  WorkflowResultType,
} from '../common/interfaces.ts';
import type { Any } from '../common/type-helpers.ts';
import type { HistoryEvent } from '../common/wire/events.ts';
import type { WorkflowQueryOptions, WorkflowSignalOptions } from '../common/workflow-handle.ts';
import type { ClientContext } from './client-context.ts';
import { describeRaw } from './description.ts';
import { type WatchOptions, watchEvents, watchQuery } from './follow.ts';
import type { WorkflowClientInterceptor, WorkflowStartUpdateInput } from './interceptors.ts';
import {
  carryOn,
  InternalWorkflowQueryOptionsSymbol,
  InternalWorkflowSignalOptionsSymbol,
} from './internal-options.ts';
import { pagesOf } from './pages.ts';
import {
  encodeQueryRejectCondition,
  type History,
  type QueryRejectCondition,
  type WorkflowExecution,
} from './types.ts';
import {
  cancelWorkflow,
  describeWorkflow,
  queryWorkflow,
  signalWorkflow,
  terminateWorkflow,
} from './workflow-calls.ts';
import type { WorkflowClient } from './workflow-client.ts';
import type {
  GetWorkflowUpdateHandleOptions,
  WorkflowHandle,
  WorkflowUpdateHandle,
} from './workflow-handle.ts';
import type { WorkflowUpdateOptions } from './workflow-options.ts';
import type { WorkflowResultOptions } from './workflow-result.ts';
import {
  createUpdateHandle,
  pollOutcome,
  resolveUpdate,
  sendUpdate,
  type WaitStage,
} from './workflow-updates.ts';

export interface HandleOptions extends WorkflowResultOptions {
  client: WorkflowClient;
  context: ClientContext;
  interceptors: readonly WorkflowClientInterceptor[];
  queryRejectCondition: QueryRejectCondition;
  workflowId: string;
  /** The run that signals, queries and the like go to; the current one without it. */
  runId?: string | undefined;
  /** Sent along, so that another chain under the same ID is left alone. */
  firstExecutionRunId?: string | undefined;
  /** The run whose result is waited for; the current one without it. */
  runIdForResult?: string | undefined;
}

type UpdateCallOptions = WorkflowUpdateOptions & { args?: readonly unknown[] };
type AnyUpdate = UpdateDefinition<unknown, Any> | string;

export function createHandle<T extends Workflow>(options: HandleOptions): WorkflowHandle<T> {
  const { client, context, interceptors, workflowId, runId, firstExecutionRunId } = options;
  const workflowExecution: WorkflowExecution = runId ? { workflowId, runId } : { workflowId };
  const chain = firstExecutionRunId ? { firstExecutionRunId } : {};

  const signal = async (
    signalName: string,
    { args = [], typeInfo }: WorkflowSignalOptions<unknown[]>,
  ): Promise<void> => {
    const send = composeInterceptors(interceptors, 'signal', (input) => signalWorkflow(context, input));
    await send({
      workflowExecution,
      signalName,
      args,
      headers: {},
      ...(typeInfo ? { typeInfo } : {}),
      ...carryOn(handle, InternalWorkflowSignalOptionsSymbol),
    });
  };

  const query = async (
    queryType: string,
    { args = [], typeInfo }: WorkflowQueryOptions<unknown[]>,
    execution = workflowExecution,
  ): Promise<unknown> => {
    const send = composeInterceptors(interceptors, 'query', (input) => queryWorkflow(context, input));
    const condition = encodeQueryRejectCondition(options.queryRejectCondition);
    return await send({
      workflowExecution: execution,
      queryType,
      args,
      headers: {},
      ...(condition === undefined ? {} : { queryRejectCondition: condition }),
      ...(typeInfo ? { typeInfo } : {}),
      ...carryOn(handle, InternalWorkflowQueryOptionsSymbol),
    });
  };

  const startUpdate = async <Ret>(
    def: AnyUpdate,
    waitForStage: WaitStage,
    { args = [], typeInfo: callSiteTypeInfo, ...rest }: UpdateCallOptions,
  ): Promise<WorkflowUpdateHandle<Ret>> => {
    const { updateName, typeInfo } = resolveUpdate(def, callSiteTypeInfo);
    const send = composeInterceptors(interceptors, 'startUpdate', (input: WorkflowStartUpdateInput) =>
      sendUpdate(context, waitForStage, input),
    );
    // Interceptors see what the caller gave and waits for, whatever the type says.
    const input: WorkflowStartUpdateInput & { waitForStage: WaitStage } = {
      workflowExecution,
      updateName,
      args: [...args],
      headers: {},
      options: rest,
      waitForStage,
      ...chain,
      ...(typeInfo ? { typeInfo } : {}),
    };
    const output = await send(input);
    const { updateId, workflowRunId, outputTypeInfo } = output;
    const isWaiting = !output.outcome && waitForStage === 'COMPLETED';
    const outcome = isWaiting
      ? await pollOutcome(context, updateId, { workflowId, runId: workflowRunId })
      : output.outcome;
    return createUpdateHandle<Ret>(context, { updateId, workflowId, workflowRunId, outcome, outputTypeInfo });
  };

  const handle = {
    client,
    workflowId,
    async result(): Promise<WorkflowResultType<T>> {
      const { followRuns = true, typeInfo, runIdForResult } = options;
      return await client.result<T>(workflowId, runIdForResult, {
        followRuns,
        ...(typeInfo ? { typeInfo } : {}),
      });
    },
    async terminate(reason?: string) {
      const send = composeInterceptors(interceptors, 'terminate', (input) =>
        terminateWorkflow(context, input),
      );
      return await send({ workflowExecution, ...(reason === undefined ? {} : { reason }), ...chain });
    },
    async cancel() {
      const send = composeInterceptors(interceptors, 'cancel', (input) => cancelWorkflow(context, input));
      return await send({ workflowExecution, ...chain });
    },
    async describe() {
      const send = composeInterceptors(interceptors, 'describe', (input) => describeWorkflow(context, input));
      return await describeRaw(context, workflowId, await send({ workflowExecution }));
    },
    fetchHistory: () => fetchHistory(context, workflowExecution),
    async startUpdate(def: AnyUpdate, update: UpdateCallOptions & { waitForStage: 'ACCEPTED' }) {
      return await startUpdate(def, update.waitForStage, update);
    },
    async executeUpdate(def: AnyUpdate, update: UpdateCallOptions = {}) {
      return await (await startUpdate(def, 'COMPLETED', update)).result();
    },
    getUpdateHandle<Ret>(
      updateId: string,
      update?: GetWorkflowUpdateHandleOptions,
    ): WorkflowUpdateHandle<Ret> {
      const workflowRunId = update?.workflowRunId ?? runId;
      const outputTypeInfo = update?.typeInfo?.outputType;
      return createUpdateHandle<Ret>(context, { updateId, workflowId, workflowRunId, outputTypeInfo });
    },
    signal: (def: SignalDefinition<unknown[]> | string, ...args: unknown[]) =>
      typeof def === 'string' ? signal(def, { args }) : signal(def.name, withTypeInfo(args, def.typeInfo)),
    signalWithOptions: signal,
    query: (def: QueryDefinition<unknown, unknown[]> | string, ...args: unknown[]) =>
      typeof def === 'string' ? query(def, { args }) : query(def.name, withTypeInfo(args, def.typeInfo)),
    queryWithOptions: (queryType: string, call: WorkflowQueryOptions<unknown[]>) => query(queryType, call),
    watch: (watch: WatchOptions = {}) => watchEvents(context, { workflowId, runId }, watch),
    subscribeQuery: (def: QueryDefinition<unknown, unknown[]> | string, ...args: unknown[]) => {
      const [queryType, call] =
        typeof def === 'string' ? [def, { args }] : [def.name, withTypeInfo(args, def.typeInfo)];
      const ask = (ofRun: string) => query(queryType, call, { workflowId, runId: ofRun });
      return watchQuery(context, { workflowId, runId }, ask);
    },
  };
  // The methods' generic parameters only say what goes in and comes out; nothing here depends on them.
  return handle as unknown as WorkflowHandle<T>;
}

function withTypeInfo<Info>(
  args: unknown[],
  typeInfo: Info | undefined,
): { args: unknown[]; typeInfo?: Info } {
  return typeInfo ? { args, typeInfo } : { args };
}

/** In the shape of protobuf objects; `Long` is loaded with the first history. Refusals are thrown as the service says them. */
async function fetchHistory(
  { gateway, namespace }: ClientContext,
  execution: WorkflowExecution,
): Promise<History> {
  const events: HistoryEvent[] = [];
  const pages = pagesOf((next) => gateway.getWorkflowExecutionHistory({ namespace, execution, ...next }));
  for await (const { history } of pages) events.push(...history.events);
  const { historyToProto } = await import('../common/wire/proto-shape.ts');
  return historyToProto(events);
}
