/** `perdure batch …`: jobs that commands with `--query` start. */
import { defineCommand, type Group } from '../command/definition.ts';
import { integer, text } from '../command/flags.ts';
import { defined } from '../input/requests.ts';
import { named, time } from '../output/formats.ts';
import type { Column, Pair } from '../output/table.ts';

const operation = named('BATCH_OPERATION_TYPE_');
const state = named('BATCH_OPERATION_STATE_');

const COLUMNS: readonly Column[] = [
  ['JobId', 'jobId'],
  ['State', 'state', state],
  ['Operation', 'operationType', operation],
  ['StartTime', 'startTime', time],
  ['CloseTime', 'closeTime', time],
];

const PAIRS: readonly Pair[] = [
  ['State', 'state', state],
  ['Type', 'operationType', operation],
  ['StartTime', 'startTime', time],
  ['CloseTime', 'closeTime', time],
  ['CompletedCount', '', (value) => ofTotal(value)],
  ['FailureCount', 'failureOperationCount', (value) => String(value ?? 0)],
  ['Reason', 'reason'],
  ['Identity', 'identity'],
];

function ofTotal(value: unknown): string {
  const { completeOperationCount = '0', totalOperationCount = '0' } = value as Record<string, unknown>;
  return `${completeOperationCount}/${totalOperationCount}`;
}

const jobId = text('--job-id <id>', 'Batch job ID').required;

const list = defineCommand({
  name: 'list',
  about: 'List batch jobs',
  flags: { limit: integer('--limit <count>', 'At most this many') },
  async run({ api, out }, { limit }) {
    await out.list(api.pages('listBatchOperations', {}, 'operationInfo', limit), COLUMNS);
  },
});

const describe = defineCommand({
  name: 'describe',
  about: 'Show how far a batch job is',
  flags: { jobId },
  async run({ api, out }, { jobId }) {
    out.block(await api.call('describeBatchOperation', { jobId }), 'Batch job', PAIRS);
  },
});

const terminate = defineCommand({
  name: 'terminate',
  about: 'Stop a batch job: what it did stays done',
  flags: { jobId, reason: text('--reason <text>', 'Why').required },
  async run({ api, out }, { jobId, reason }) {
    const answer = await api.call('stopBatchOperation', {
      jobId,
      identity: api.identity,
      ...defined({ reason }),
    });
    out.done(`Terminated batch job '${jobId}'`, answer);
  },
});

export const batch: Group = {
  name: 'batch',
  about: 'Look at batch jobs, and stop them',
  commands: [list, describe, terminate],
};
