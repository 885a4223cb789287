/** What the groups of calls share: where objects and namespaces are, and how a request becomes a call on an object. */
import type { StoredElsewhere } from '../../../objects/archive/stored-elsewhere.ts';
import type { NamespaceDirectory, NamespaceRecord } from '../../../objects/namespace/namespace-api.ts';
import type { StartGate } from '../../../objects/namespace/start-gate.ts';
import type { NexusEndpoints } from '../../../objects/nexus/nexus-endpoints.ts';
import type { ScheduleIndexOf, SchedulesOf } from '../../../objects/schedule/schedule-api.ts';
import type { WorkerDeployments } from '../../../objects/worker-deployment/deployments.ts';
import { reservedFor } from '../../common/reserved-ids.ts';
import { standaloneExecutionId } from '../../common/standalone-activity.ts';
import { invalidArgument, RpcError } from '../rpc-error.ts';
import { type Executions, type ExecutionTarget, errorOfStatus } from './executions.ts';
import { requireText } from './validate.ts';

export interface DirectServiceOptions {
  /** A fresh stub of the object of a workflow ID. */
  executions: Executions;
  namespaces: NamespaceDirectory;
  /** Largest payload that a request may carry. @default 2 MiB */
  payloadBytesMax?: number;
  /** Where schedules are. Without them there are none. */
  readonly schedules?: SchedulesOf | undefined;
  readonly scheduleIndex?: ScheduleIndexOf | undefined;
  /** The registry of Nexus endpoints. Without it there are none. */
  readonly nexusEndpoints?: NexusEndpoints | undefined;
  /** The registry of worker deployments. Without it workers have no versions. */
  readonly workerDeployments?: WorkerDeployments | undefined;
  /** What of workflows stands in buckets. */
  readonly elsewhere?: StoredElsewhere | undefined;
  /** Asked before each start. Without it the two limits of a namespace that it sees to are not enforced. */
  readonly startGate?: StartGate | undefined;
  /** What system-info and cluster-info report as the server's. */
  version?: string;
}

/** The namespace, or NOT_FOUND with the detail that clients turn into `NamespaceNotFoundError` (NS-4). */
export async function requireNamespace(
  { namespaces }: DirectServiceOptions,
  name: string | undefined,
): Promise<NamespaceRecord> {
  const namespace = requireText(name, 'namespace');
  const record = await findNamespace(namespaces, namespace);
  if (record && record.state !== 'DELETED') return record;
  throw namespaceNotFound(namespace);
}

/** NS-3. */
export function namespaceNotFound(namespace: string): RpcError {
  return new RpcError('NOT_FOUND', `Namespace ${namespace} is not found.`, {
    statusDetails: [{ type: 'NamespaceNotFoundFailure', namespace }],
  });
}

async function findNamespace(
  namespaces: NamespaceDirectory,
  name: string,
): Promise<NamespaceRecord | undefined> {
  try {
    return await namespaces.find(name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RpcError('UNAVAILABLE', `Namespace ${name} cannot be read: ${reason}`, { cause: error });
  }
}

/** SAA-2, SNX-2: IDs that are kept for others are no workflows'. */
export async function targetOf(
  options: DirectServiceOptions,
  namespace: string | undefined,
  workflowId: string | undefined,
  field = 'workflowId',
): Promise<ExecutionTarget> {
  const id = requireText(workflowId, field);
  const reserved = reservedFor(id);
  if (reserved !== undefined) throw invalidArgument(`${field}: '${id}' is reserved for ${reserved}`);
  return executionTarget(options, namespace, id);
}

/** The object of a workflow, or of an activity or Nexus operation that has none. */
export async function executionTarget(
  options: DirectServiceOptions,
  namespace: string | undefined,
  executionId: string,
): Promise<ExecutionTarget> {
  const { name, retentionMs, limits } = await requireNamespace(options, namespace);
  return {
    namespace: name,
    workflowId: executionId,
    namespaceConfig: { retentionMs, ...(limits && { limits }) },
  };
}

/** The target of a start, once its namespace has room for one more. */
export async function startTargetOf(
  options: DirectServiceOptions,
  namespace: string | undefined,
  workflowId: string | undefined,
  field = 'workflowId',
): Promise<ExecutionTarget> {
  const target = await targetOf(options, namespace, workflowId, field);
  await admitStart(options, namespace);
  return target;
}

/** Where an activity is: in its workflow, or by itself. */
export function activityExecutionId(workflowId: string | undefined, activityId: string): string {
  if (!workflowId) return standaloneExecutionId(activityId);
  const reserved = reservedFor(workflowId);
  if (reserved !== undefined)
    throw invalidArgument(`workflowId: '${workflowId}' is reserved for ${reserved}`);
  return workflowId;
}

/** Asks whether the namespace has room for one more. */
export async function admitStart(
  options: DirectServiceOptions,
  namespace: string | undefined,
): Promise<void> {
  const record = await requireNamespace(options, namespace);
  const admitted = await options.startGate?.admit(record);
  if (admitted?.ok === false) throw errorOfStatus(admitted.error);
}

/** A member only when it says something: absent and empty mean the same on the wire. */
export function set<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  const isUnset = value === undefined || value === '';
  // One computed key: TypeScript widens it to any string.
  return (isUnset ? {} : { [key]: value }) as { [K in Key]?: T };
}
