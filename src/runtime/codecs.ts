/**
 * Payload codecs and external storage around the host of workflow code. It runs without waiting and codecs may wait, so they run on everything that
 * goes in and on everything that comes out. A task then may span turns, which the turn loop is made for.
 */
import type { WorkflowTask, WorkflowTaskCompletion, WorkflowTaskHandler } from '../engine/workflow-task.ts';
import { defaultFailureConverter } from '../sdk/common/converter/data-converter.ts';
import { defaultPayloadConverter } from '../sdk/common/converter/payload-converter.ts';
import { decodePayloadsIn, encodePayloadsIn } from '../sdk/worker/payload-codecs.ts';
import { KnownActivities, PayloadContexts } from '../sdk/worker/payload-contexts.ts';
import type { WorkflowPayloadCodec } from '../sdk/worker/workflow-payloads.ts';

/** The handler itself when there is no codec. */
export function withPayloadCodecs(
  handler: WorkflowTaskHandler,
  codecOf: WorkflowPayloadCodec | undefined,
): WorkflowTaskHandler {
  if (codecOf === undefined) return handler;
  /** Tasks that the handler has not seen yet, so that it cannot know that they were given up. */
  const decoding = new Set<WorkflowTask>();
  const activities = new KnownActivities();
  return {
    evict(runId) {
      for (const task of decoding) if (task.runId === runId) decoding.delete(task);
      handler.evict(runId);
    },
    async handle(task) {
      const { newEvents, queries, updates, namespace, workflowId, runId, workflowType } = task;
      const codecs = [codecOf({ kind: 'workflow', namespace, id: workflowId, runId, type: workflowType })];
      const contexts = new PayloadContexts(namespace, workflowId, activities.of(runId));
      decoding.add(task);
      try {
        await contexts.learn(newEvents, () => task.loadHistory());
        const decoded = await decodePayloadsIn(codecs, contexts, { newEvents, queries, updates });
        // An instance made for a task that counts no more would stand where history does not.
        if (!decoding.delete(task)) throw new Error('The run was evicted while its payloads were decoded.');
        const loadHistory = async () => {
          const history = await task.loadHistory();
          await contexts.learn(history, () => []);
          return await decodePayloadsIn(codecs, contexts, history);
        };
        const completion = await handler.handle({ ...task, ...decoded, loadHistory });
        return await encodePayloadsIn(codecs, contexts, completion);
      } catch (error) {
        decoding.delete(task);
        handler.evict(task.runId);
        return failed(error);
      }
    },
  };
}

/** Like any error that is not the workflow's own it fails the task, which is tried again. */
function failed(error: unknown): WorkflowTaskCompletion {
  const failure = defaultFailureConverter.errorToFailure(error, defaultPayloadConverter);
  return { kind: 'failed', cause: 'WORKFLOW_WORKER_UNHANDLED_FAILURE', failure };
}
