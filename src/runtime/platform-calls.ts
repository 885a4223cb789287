/** How the objects, entrypoints and routes of a Worker reach each other: by the Worker's own exports (R1 of runtime.ts). */
import { env as workerEnv, exports as workerExports } from 'cloudflare:workers';
import type { EngineLimits } from '../engine/api.ts';
import { withDepth, withNamespace } from '../objects/call-stubs.ts';
import type { WorkerCalls } from '../objects/durable-object-ports.ts';
import type { TaskQueueOf } from '../objects/execution/remote-tasks.ts';
import type { WorkflowExecutionApi } from '../objects/execution/workflow-execution-api.ts';
import { createNamespaceDirectory, type NamespaceBinding } from '../objects/namespace/namespace-directory.ts';
import { searchAttributeLookup } from '../objects/namespace/search-attribute-types.ts';
import { scheduleName, workflowExecutionName } from '../objects/object-names.ts';
import type { ScheduleApi, ScheduleIndexApi } from '../objects/schedule/schedule-api.ts';
import { partitionOf, type TaskQueueApi, taskQueueName } from '../objects/task-queue/task-queue-api.ts';
import { askExecution, purgeExecution } from '../objects/visibility/ask-execution.ts';
import type { VisibilityApi } from '../objects/visibility/visibility-api.ts';
import { createVisibilityIndex } from '../objects/visibility/visibility-index.ts';
import { visibilityName } from '../objects/visibility/visibility-shards.ts';
import { Client, DirectConnection } from '../sdk/client/index.ts';
import type { DataConverter } from '../sdk/common/converter/data-converter.ts';
import { limitsOf } from './limits.ts';
import type { RuntimeBindings } from './options.ts';

/** The Worker's own exports, by the names of R1. */
interface OwnExports {
  WorkflowExecution: DurableObjectNamespace;
  Activities: Fetcher;
  Namespace: NamespaceBinding;
  TaskQueue: { getByName(name: string): unknown };
  Schedule: { getByName(name: string): unknown };
  ScheduleIndex: { getByName(name: string): unknown };
  Visibility: { getByName(name: string): unknown };
}

/** How the parts of one Worker reach each other. Nothing is looked up before it is called for (R2). */
export function platformCalls(partitions: number, limits: Partial<EngineLimits> | undefined) {
  const own = <Name extends keyof OwnExports>(name: Name): OwnExports[Name] => {
    const found = (workerExports as unknown as Partial<OwnExports>)[name];
    if (found !== undefined) return found;
    throw new Error(`The Worker does not export ${name}: add it to \`export const { ${name} } = runtime\`.`);
  };
  // Sound: the class exported under that name is the one that `workflowExecutionClass` made.
  const execution = (namespace: string, workflowId: string) =>
    own('WorkflowExecution').getByName(
      workflowExecutionName(namespace, workflowId),
    ) as unknown as WorkflowExecutionApi;
  const namespaces = createNamespaceDirectory({ getByName: (name) => own('Namespace').getByName(name) });
  const client = (namespace: string, depth: number, dataConverter?: DataConverter) => {
    const executions = (of: string, workflowId: string) => withDepth(execution(of, workflowId), depth);
    const connection = new DirectConnection({
      executions,
      namespaces,
      payloadBytesMax: limitsOf(payloadBytesSetting(), limits).payloadBytesMax,
      ...(hasSchedules() && { schedules: schedule, scheduleIndex }),
      ...(hasVisibility() && { visibility }),
    });
    return new Client({ connection, namespace, ...(dataConverter && { dataConverter }) });
  };
  const hasVisibility = () => 'Visibility' in workerExports;
  // Sound: the class exported under that name is the one that `visibilityClass` made.
  const shard = (namespace: string, index: number) =>
    own('Visibility').getByName(visibilityName(namespace, index)) as unknown as VisibilityApi;
  const visibility = createVisibilityIndex({ namespaces, shard });
  // Sound: as above. Throws for an ID that is not one of an object of this class.
  const executionObject = (objectId: string) => {
    const executions = own('WorkflowExecution');
    return executions.get(executions.idFromString(objectId)) as unknown as WorkflowExecutionApi;
  };
  const hasTaskQueues = () => 'TaskQueue' in workerExports;
  const hasSchedules = () => 'Schedule' in workerExports && 'ScheduleIndex' in workerExports;
  // Sound: the classes exported under those names are those that `scheduleClass` and `scheduleIndexClass` made.
  const schedule = (namespace: string, scheduleId: string) =>
    own('Schedule').getByName(scheduleName(namespace, scheduleId)) as ScheduleApi;
  const scheduleIndex = (namespace: string) =>
    own('ScheduleIndex').getByName(encodeURIComponent(namespace)) as ScheduleIndexApi;
  // Sound: the class exported under that name is `TaskQueue` itself.
  const partition = (namespace: string, taskQueue: string, index: number) =>
    own('TaskQueue').getByName(taskQueueName(namespace, taskQueue, index)) as TaskQueueApi;
  const taskQueueOf: TaskQueueOf = (namespace, taskQueue, workflowId) =>
    partition(namespace, taskQueue, partitionOf(workflowId, partitions));
  const taskQueues = () => (hasTaskQueues() ? { partitions, partition } : undefined);
  const worker: WorkerCalls = {
    stubs: {
      get taskQueue() {
        return hasTaskQueues() ? taskQueueOf : undefined;
      },
      get visibility() {
        return hasVisibility() ? visibility : undefined;
      },
      get schedule() {
        return hasSchedules() ? schedule : undefined;
      },
      get scheduleIndex() {
        return hasSchedules() ? scheduleIndex : undefined;
      },
      searchAttributes: searchAttributeLookup(namespaces, takesAnySearchAttribute),
      workflowExecution: (namespace, workflowId) =>
        withNamespace(execution(namespace, workflowId), namespace, namespaces),
    },
    activities: { fetch: (url, init) => own('Activities').fetch(url, init) },
  };
  const index = {
    ask: askExecution(execution, namespaces),
    purge: purgeExecution(execution),
    shard,
  };
  return {
    execution,
    executionObject,
    namespaces,
    client,
    worker,
    taskQueues,
    index,
    visibility: () => (hasVisibility() ? visibility : undefined),
  };
}

export function payloadBytesSetting(): string | undefined {
  // Sound: variables are text.
  return (workerEnv as RuntimeBindings).PERDURE_PAYLOAD_BYTES_MAX;
}

function takesAnySearchAttribute(): boolean {
  // Sound: variables are text.
  const { PERDURE_SEARCH_ATTRIBUTES: setting, PERDURE_OPEN } = workerEnv as RuntimeBindings;
  return setting === undefined ? PERDURE_OPEN === 'true' : setting === 'any';
}

export type PlatformCalls = ReturnType<typeof platformCalls>;
