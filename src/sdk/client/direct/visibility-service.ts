/** Listing, counting and deleting workflows, and the care of the index that answers. */
import type { Result } from '../../../engine/api.ts';
import type { WorkflowExecutionApi } from '../../../objects/execution/workflow-execution-api.ts';
import type { VisibilityIndex } from '../../../objects/visibility/visibility-api.ts';
import { STANDALONE_ACTIVITY_DIVISION } from '../../common/standalone-activity.ts';
import { STANDALONE_NEXUS_DIVISION } from '../../common/standalone-nexus.ts';
import type { Payload } from '../../common/wire/messages.ts';
import type { ListWorkflowExecutionsRequest } from '../../common/wire/requests.ts';
import type { Gateway } from '../calls/index.ts';
import { invalidArgument, RpcError } from '../rpc-error.ts';
import { callExecution, type ExecutionTarget, errorOfStatus } from './executions.ts';
import { type DirectServiceOptions, requireNamespace, targetOf } from './service.ts';
import { listedActivity } from './standalone-activity-view.ts';
import { listedNexusOperation } from './standalone-nexus-view.ts';

export interface VisibilityServiceOptions extends DirectServiceOptions {
  /** What lists runs. Without it none are listed. */
  readonly visibility?: VisibilityIndex | undefined;
  /** A workflow's object by the ID that the platform gave it. Throws when it is none. */
  executionObject?(objectId: string): Pick<WorkflowExecutionApi, 'retell'>;
}

type VisibilityCalls = Pick<
  Gateway,
  | 'listWorkflowExecutions'
  | 'scanWorkflowExecutions'
  | 'countWorkflowExecutions'
  | 'listActivityExecutions'
  | 'countActivityExecutions'
  | 'listNexusOperationExecutions'
  | 'countNexusOperationExecutions'
  | 'deleteWorkflowExecution'
  | 'describeVisibility'
  | 'rebuildVisibility'
  | 'updateVisibilityShards'
>;

const SHARDS_MAX = 64;
const REBUILT_MAX = 1000;
const REBUILT_AT_ONCE = 10;

export function visibilityService(options: VisibilityServiceOptions): VisibilityCalls {
  const list = async (request: ListWorkflowExecutionsRequest, division?: string) => {
    const { name: namespace } = await requireNamespace(options, request.namespace);
    const { query = '', pageSize = 0, nextPageToken } = request;
    const index = offered(options);
    return answered(namespace, () => index.list(namespace, { query, pageSize, nextPageToken, division }));
  };
  const count = async (request: { namespace: string; query?: string }, division?: string) => {
    const { name: namespace } = await requireNamespace(options, request.namespace);
    const index = offered(options);
    const query = request.query ?? '';
    const { count, groups } = await answered(namespace, () => index.count(namespace, query, division));
    return {
      count,
      groups: groups.map((group) => ({ count: group.count, groupValues: [keywordPayload(group.value)] })),
    };
  };
  return {
    listWorkflowExecutions: (request) => list(request),
    scanWorkflowExecutions: (request) => list(request),

    countWorkflowExecutions: (request) => count(request),
    countActivityExecutions: (request) => count(request, STANDALONE_ACTIVITY_DIVISION),
    countNexusOperationExecutions: (request) => count(request, STANDALONE_NEXUS_DIVISION),

    /** SAA-9. */
    async listActivityExecutions(request) {
      const { executions, ...page } = await list(request, STANDALONE_ACTIVITY_DIVISION);
      return { ...page, executions: executions.map(listedActivity) };
    },

    /** SNX-7. */
    async listNexusOperationExecutions(request) {
      const { executions, ...page } = await list(request, STANDALONE_NEXUS_DIVISION);
      return { ...page, operations: executions.map(listedNexusOperation) };
    },

    async deleteWorkflowExecution({ namespace, workflowExecution }) {
      const field = 'workflowExecution.workflowId';
      const target = await targetOf(options, namespace, workflowExecution?.workflowId, field);
      const runId = workflowExecution?.runId || undefined;
      try {
        await callExecution(options.executions, target, (stub, at) => stub.delete(at, runId));
      } catch (error) {
        // What is only in the archive any more is deleted there.
        if (!(await isErasedFromArchive(options, target, runId))) throw error;
      }
      return {};
    },

    async describeVisibility(request) {
      const { name: namespace, visibilityShards } = await requireNamespace(options, request.namespace);
      const index = offered(options);
      const shards = await reached(namespace, () => index.statistics(namespace));
      return {
        shardCount: visibilityShards ?? shards.length,
        shards: shards.map(({ runs, open, overdue, isMoving }) => ({
          runCount: runs,
          openCount: open,
          overdueCount: overdue,
          ...(isMoving && { moving: true }),
        })),
      };
    },

    async rebuildVisibility(request) {
      const { name: namespace } = await requireNamespace(options, request.namespace);
      const { workflowIds = [], objectIds = [] } = request;
      if (workflowIds.length + objectIds.length > REBUILT_MAX)
        throw invalidArgument(
          `workflowIds, objectIds: at most ${REBUILT_MAX} in one call, got ${workflowIds.length + objectIds.length}`,
        );
      if (workflowIds.length + objectIds.length === 0) {
        const index = offered(options);
        await reached(namespace, () => index.refresh(namespace));
        return { objectCount: 0 };
      }
      const byName = workflowIds.map(
        (workflowId) => () => options.executions(namespace, workflowId).retell({}),
      );
      const objects = objectIds.map((objectId) => objectOf(options, objectId));
      const byId = objects.map((object) => () => object.retell({}));
      return { objectCount: await toldAgain(namespace, [...byName, ...byId]) };
    },

    async updateVisibilityShards(request) {
      const record = await requireNamespace(options, request.namespace);
      const { name: namespace, visibilityShards, visibilityShardChanges = 0 } = record;
      const { shardCount = 0 } = request;
      if (shardCount < 1 || shardCount > SHARDS_MAX)
        throw invalidArgument(`shardCount: expected 1 to ${SHARDS_MAX}, got ${shardCount}`);
      const index = offered(options);
      const shards = await reached(namespace, () => index.statistics(namespace));
      const moving = shards.filter(
        ({ isMoving, changes, runs }) => isMoving || (runs > 0 && changes < visibilityShardChanges),
      ).length;
      if (moving > 0 && shardCount !== visibilityShards) throw stillMoving(namespace, moving);
      // The same number again while runs move is the same call again: some shards may not have heard of it.
      if (moving === 0) {
        const result = await options.namespaces.changeSettings(namespace, { visibilityShards: shardCount });
        if (!result.ok) throw errorOfStatus(result.error);
      }
      await reached(namespace, () => index.rehome(namespace));
      return {};
    },
  };
}

function stillMoving(namespace: string, shards: number): RpcError {
  return new RpcError(
    'FAILED_PRECONDITION',
    `shardCount: runs of namespace ${namespace} are still on their way from the last change, in ${shards} of its shards; ` +
      'try again when GET .../visibility shows none as moving',
  );
}

async function isErasedFromArchive(
  { elsewhere }: VisibilityServiceOptions,
  { namespace, workflowId }: ExecutionTarget,
  runId: string | undefined,
): Promise<boolean> {
  const erased = await elsewhere?.archive?.erase({ namespace, workflowId }, runId);
  return erased !== undefined && erased > 0;
}

function offered({ visibility }: VisibilityServiceOptions): VisibilityIndex {
  if (visibility !== undefined) return visibility;
  throw new RpcError(
    'UNIMPLEMENTED',
    'Workflows are not listed by this Worker: it does not export the class Visibility. Add it to what it exports of its ' +
      'runtime, and to the bindings and migrations of its configuration.',
  );
}

async function answered<T>(namespace: string, ask: () => Promise<Result<T>>): Promise<T> {
  const result = await reached(namespace, ask);
  if (result.ok) return result.value;
  throw errorOfStatus(result.error);
}

async function reached<T>(namespace: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RpcError('UNAVAILABLE', `The index of namespace ${namespace} cannot be reached: ${reason}`, {
      cause: error,
    });
  }
}

function objectOf({ executionObject }: VisibilityServiceOptions, objectId: string) {
  try {
    if (executionObject !== undefined) return executionObject(objectId);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidArgument(`objectIds: ${JSON.stringify(objectId)} is no object of a workflow: ${reason}`);
  }
  throw invalidArgument('objectIds: this server has no object IDs, name workflowIds');
}

/** How many of them hold a workflow. */
async function toldAgain(namespace: string, calls: (() => Promise<boolean>)[]): Promise<number> {
  let told = 0;
  const worker = async () => {
    for (let call = calls.shift(); call !== undefined; call = calls.shift()) if (await call()) told += 1;
  };
  await reached(namespace, () => Promise.all(Array.from({ length: REBUILT_AT_ONCE }, worker)));
  return told;
}

const encoder = new TextEncoder();

function keywordPayload(value: string | null): Payload {
  const metadata = { encoding: encoder.encode('json/plain'), type: encoder.encode('Keyword') };
  return { metadata, data: encoder.encode(JSON.stringify(value ?? '')) };
}
