/**
 * Payload codecs around the host of workflow code. It runs without waiting and codecs may wait, so they run on everything that
 * goes in and on everything that comes out. A task then may span turns, which the turn loop is made for.
 */
import type { WorkflowTaskHandler } from './engine/workflow-task.ts';
import type { PayloadCodec } from './sdk/common/converter/payload-codec.ts';
import { decodePayloadsIn, encodePayloadsIn } from './sdk/worker/payload-codecs.ts';

/** The handler itself when there are no codecs. */
export function withPayloadCodecs(
  handler: WorkflowTaskHandler,
  codecs: readonly PayloadCodec[],
): WorkflowTaskHandler {
  if (codecs.length === 0) return handler;
  return {
    evict: (runId) => handler.evict(runId),
    async handle(task) {
      const { newEvents, queries, updates } = task;
      const decoded = await decodePayloadsIn(codecs, { newEvents, queries, updates });
      const loadHistory = async () => decodePayloadsIn(codecs, await task.loadHistory());
      const completion = await handler.handle({ ...task, ...decoded, loadHistory });
      return encodePayloadsIn(codecs, completion);
    },
  };
}
