/**
 * Large payloads that a workflow shares with others: they know them by reference, and need them when it is erased.
 *
 * G1 What a run gives to others stands in its own history: the inputs of children, of signals to other workflows and of Nexus
 *    operations, and its outcomes where somebody but clients is told of them: a parent, a schedule, whoever has a callback.
 * G2 What others give to a run can stand under its ID, and their histories name it too: what a parent or a schedule starts it with,
 *    which a schedule also gives to the next one, and the signals of other workflows.
 */
import { isReference, readReference } from '../../sdk/common/converter/external-payloads.ts';
import { PAYLOAD_DRIVER } from '../../sdk/common/converter/payload-storage.ts';
import { bucketKey, bucketPrefix } from '../../sdk/common/payload-bucket.ts';
import type { EventAttributes, HistoryEvent } from '../../sdk/common/wire/events.ts';
import type { Payload } from '../../sdk/common/wire/messages.ts';

const GIVING: ReadonlySet<HistoryEvent['eventType']> = new Set([
  'StartChildWorkflowExecutionInitiated',
  'SignalExternalWorkflowExecutionInitiated',
  'NexusOperationScheduled',
]);
const OUTCOME: ReadonlySet<HistoryEvent['eventType']> = new Set([
  'WorkflowExecutionCompleted',
  'WorkflowExecutionFailed',
  'WorkflowExecutionCanceled',
  'WorkflowExecutionTerminated',
  'WorkflowExecutionUpdateCompleted',
]);

/** Keys, in the bucket, of what a run of this workflow has passed on. Its events in their order, from the first one. */
export async function passedOnBy(
  { namespace, workflowId }: { namespace: string; workflowId: string },
  history: AsyncIterable<readonly HistoryEvent[]>,
): Promise<Set<string>> {
  const prefix = await bucketPrefix(namespace, { workflowId });
  const keys = new Set<string>();
  let isTold = false;
  for await (const events of history) {
    for (const event of events) {
      isTold ||= tellsOthers(event);
      const isOthers =
        GIVING.has(event.eventType) || isGiven(event) || (isTold && OUTCOME.has(event.eventType));
      if (!isOthers) continue;
      for (const key of keysIn(event.attributes, namespace)) if (key.startsWith(prefix)) keys.add(key);
    }
  }
  return keys;
}

/** Whether from this event on somebody is told how the run ends. */
function tellsOthers({ eventType, attributes }: HistoryEvent): boolean {
  if (eventType === 'WorkflowExecutionOptionsUpdated') {
    const { attachedCompletionCallbacks = [], workflowUpdateOptions = [] } = attributes;
    return attachedCompletionCallbacks.length > 0 || workflowUpdateOptions.length > 0;
  }
  if (eventType !== 'WorkflowExecutionStarted') return false;
  return isStartedByOthers(attributes) || (attributes.completionCallbacks?.length ?? 0) > 0;
}

/** G2. */
function isGiven({ eventType, attributes }: HistoryEvent): boolean {
  if (eventType === 'WorkflowExecutionSignaled') return attributes.externalWorkflowExecution !== undefined;
  return eventType === 'WorkflowExecutionStarted' && isStartedByOthers(attributes);
}

function isStartedByOthers({
  parentWorkflowExecution,
  searchAttributes,
}: EventAttributes<'WorkflowExecutionStarted'>): boolean {
  const isOfSchedule = searchAttributes?.indexedFields?.TemporalScheduledById !== undefined;
  return parentWorkflowExecution !== undefined || isOfSchedule;
}

function* keysIn(value: unknown, namespace: string): Generator<string> {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (!isReference(value as Payload)) {
    for (const member of Object.values(value)) yield* keysIn(member, namespace);
    return;
  }
  const key = keyOf(value as Payload, namespace);
  if (key !== undefined) yield key;
}

/** Undefined for what is none of ours: of another driver, or made up by somebody. */
function keyOf(payload: Payload, namespace: string): string | undefined {
  try {
    const { driverName, claimData } = readReference(payload);
    return driverName === PAYLOAD_DRIVER ? bucketKey(namespace, claimData.id ?? '') : undefined;
  } catch {
    return undefined;
  }
}
