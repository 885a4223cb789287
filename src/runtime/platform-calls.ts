/** How the objects, entrypoints and routes of a Worker reach each other: by the Worker's own exports (R1 of runtime.ts). */
import { env as workerEnv, exports as workerExports } from 'cloudflare:workers';
import type { EngineLimits } from '../engine/api.ts';
import type { ArchiveBucket } from '../objects/archive/archive-bucket.ts';
import { type StoredElsewhere, storedElsewhere } from '../objects/archive/stored-elsewhere.ts';
import { withDepth, withNamespace } from '../objects/call-stubs.ts';
import type { WorkerCalls } from '../objects/durable-object-ports.ts';
import type { TaskQueueOf } from '../objects/execution/remote-tasks.ts';
import type { WorkflowExecutionApi } from '../objects/execution/workflow-execution-api.ts';
import { namespaceSettingsLookup } from '../objects/namespace/namespace-config.ts';
import {
  createNamespaceDirectory,
  createNexusEndpoints,
  createWorkerDeployments,
  type NamespaceBinding,
} from '../objects/namespace/namespace-directory.ts';
import { searchAttributeLookup } from '../objects/namespace/search-attribute-types.ts';
import { createStartGate } from '../objects/namespace/start-gate.ts';
import { scheduleName, workflowExecutionName } from '../objects/object-names.ts';
import type { ScheduleApi, ScheduleIndexApi } from '../objects/schedule/schedule-api.ts';
import { partitionOf, type TaskQueueApi, taskQueueName } from '../objects/task-queue/task-queue-api.ts';
import { askExecution, purgeExecution } from '../objects/visibility/ask-execution.ts';
import type { VisibilityApi } from '../objects/visibility/visibility-api.ts';
import { createVisibilityIndex, openOf } from '../objects/visibility/visibility-index.ts';
import { visibilityName } from '../objects/visibility/visibility-shards.ts';
import { Client, DirectConnection } from '../sdk/client/index.ts';
import { limitsOf } from './limits.ts';
import type { RuntimeBindings, WorkerDefinition } from './options.ts';
import { createPlacements, type PlaceableObjects, placedStub } from './placement.ts';

/** The Worker's own exports, by the names of R1. */
interface OwnExports {
  WorkflowExecution: DurableObjectNamespace;
  Activities: Fetcher;
  Namespace: NamespaceBinding;
  TaskQueue: PlaceableObjects;
  Schedule: PlaceableObjects;
  ScheduleIndex: PlaceableObjects;
  Visibility: PlaceableObjects;
}

/** How the parts of one Worker reach each other. Nothing is looked up before it is called for (R2). */
export function platformCalls(partitions: number, limits: Partial<EngineLimits> | undefined) {
  const own = <Name extends keyof OwnExports>(name: Name): OwnExports[Name] => {
    const found = (workerExports as unknown as Partial<OwnExports>)[name];
    if (found !== undefined) return found;
    throw new Error(`The Worker does not export ${name}: add it to \`export const { ${name} } = runtime\`.`);
  };
  const namespaces = createNamespaceDirectory({ getByName: (name) => own('Namespace').getByName(name) });
  const nexusEndpoints = createNexusEndpoints({ getByName: (name) => own('Namespace').getByName(name) });
  const workerDeployments = createWorkerDeployments({
    getByName: (name) => own('Namespace').getByName(name),
  });
  const placements = createPlacements(namespaces);
  // Sound: the platform's type knows jurisdictions and hints by their names; here they are text that was checked.
  const objectsOf = (name: 'WorkflowExecution' | 'TaskQueue' | 'Schedule' | 'ScheduleIndex' | 'Visibility') =>
    own(name) as unknown as PlaceableObjects;
  // The classes exported under those names are those that this runtime has made: so the types below are sound.
  const execution = (namespace: string, workflowId: string): WorkflowExecutionApi =>
    placedStub(placements, {
      namespace,
      name: workflowExecutionName(namespace, workflowId),
      objects: objectsOf('WorkflowExecution'),
    });
  const client = (
    namespace: string,
    depth: number,
    { dataConverter, interceptors }: Pick<WorkerDefinition, 'dataConverter' | 'interceptors'> = {},
  ) => {
    const executions = (of: string, workflowId: string) => withDepth(execution(of, workflowId), depth);
    const connection = new DirectConnection({
      executions,
      namespaces,
      payloadBytesMax: limitsOf(payloadBytesSetting(), limits).payloadBytesMax,
      ...(hasSchedules() && { schedules: schedule, scheduleIndex }),
      ...(hasVisibility() && { visibility }),
      startGate,
      nexusEndpoints,
      workerDeployments,
      elsewhere: elsewhere(),
    });
    return new Client({
      connection,
      namespace,
      ...(dataConverter && { dataConverter }),
      ...(interceptors?.client && { interceptors: interceptors.client }),
    });
  };
  const hasVisibility = () => 'Visibility' in workerExports;
  const shard = (namespace: string, index: number): VisibilityApi =>
    placedStub(placements, {
      namespace,
      name: visibilityName(namespace, index),
      objects: objectsOf('Visibility'),
    });
  const visibility = createVisibilityIndex({ namespaces, shard });
  const startGate = createStartGate({
    namespaces,
    countOpen: async (namespace) =>
      hasVisibility() ? openOf(await visibility.statistics(namespace)) : undefined,
  });
  // Sound: as above. Throws for an ID that is not one of an object of this class.
  const executionObject = (objectId: string) => {
    const executions = own('WorkflowExecution');
    return executions.get(executions.idFromString(objectId)) as unknown as WorkflowExecutionApi;
  };
  const hasTaskQueues = () => 'TaskQueue' in workerExports;
  const hasSchedules = () => 'Schedule' in workerExports && 'ScheduleIndex' in workerExports;
  const schedule = (namespace: string, scheduleId: string): ScheduleApi =>
    placedStub(placements, {
      namespace,
      name: scheduleName(namespace, scheduleId),
      objects: objectsOf('Schedule'),
    });
  const scheduleIndex = (namespace: string): ScheduleIndexApi =>
    placedStub(placements, {
      namespace,
      name: encodeURIComponent(namespace),
      objects: objectsOf('ScheduleIndex'),
    });
  const partition = (namespace: string, taskQueue: string, index: number): TaskQueueApi =>
    placedStub(placements, {
      namespace,
      name: taskQueueName(namespace, taskQueue, index),
      objects: objectsOf('TaskQueue'),
    });
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
      namespaceSettings: namespaceSettingsLookup(namespaces),
      nexusEndpoint: (name) => nexusEndpoints.find(name),
      get elsewhere() {
        return elsewhere();
      },
      searchAttributes: searchAttributeLookup(namespaces, takesAnySearchAttribute),
      workflowExecution: (namespace, workflowId) =>
        withNamespace(execution(namespace, workflowId), namespace, namespaces, startGate),
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
    nexusEndpoints,
    workerDeployments,
    client,
    worker,
    taskQueues,
    index,
    startGate,
    elsewhere,
    visibility: () => (hasVisibility() ? visibility : undefined),
  };
}

/** Made of the Worker's bindings, which are not there at module top level (R2). */
function elsewhere(): StoredElsewhere {
  // Sound: an R2 bucket is both.
  const { ARCHIVE, PAYLOADS } = workerEnv as RuntimeBindings;
  return storedElsewhere({ archive: ARCHIVE, payloads: PAYLOADS as ArchiveBucket | undefined });
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
