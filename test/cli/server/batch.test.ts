import { describe, expect, test } from 'vitest';
import { runIn } from '../run.ts';
import { counter, useCommands } from './commands.ts';

const { text, json, refused, until } = useCommands();

interface Job {
  jobId: string;
  state: string;
  totalOperationCount?: string;
  completeOperationCount?: string;
}

const COMPLETED = 'BATCH_OPERATION_STATE_COMPLETED';

/** Starts the workflows, and waits until queries find them. */
async function startAll(prefix: string): Promise<string> {
  for (const number of [1, 2]) await text('workflow', 'start', ...counter(`${prefix}-${number}`));
  const query = `WorkflowId STARTS_WITH '${prefix}-'`;
  await until<{ count?: string }>(({ count }) => count === '2', 'workflow', 'count', '-q', query);
  return query;
}

/** Runs a job to its end: one may run at a time. */
async function runJob(...args: string[]): Promise<Job> {
  const { batchJobId } = await until<{ batchJobId?: string }>(
    ({ batchJobId }) => batchJobId !== undefined,
    ...args,
    '--yes',
  );
  return await until<Job>(
    ({ state }) => state === COMPLETED,
    'batch',
    'describe',
    '--job-id',
    String(batchJobId),
  );
}

describe('perdure batch', () => {
  test('commands with --query work on all that match', async () => {
    const query = await startAll('many');
    const job = await runJob(
      'workflow',
      'signal',
      '-q',
      query,
      '--name',
      'add',
      '-i',
      '2',
      '--reason',
      'all',
    );
    expect(job).toMatchObject({ totalOperationCount: '2', completeOperationCount: '2', reason: 'all' });
    for (const number of [1, 2])
      expect(await json('workflow', 'query', '-w', `many-${number}`, '--name', 'total')).toEqual({
        queryResult: [2],
      });
    await runJob(
      'workflow',
      'reset',
      '-q',
      query,
      '-t',
      'FirstWorkflowTask',
      '--reason',
      'again',
      '--rps',
      '50',
    );
    await runJob('workflow', 'update-options', '-q', query, '--versioning-override-behavior', 'auto_upgrade');
    await runJob('workflow', 'terminate', '-q', query);
    await runJob('workflow', 'delete', '-q', query);
    const listed = await json<Job[]>('batch', 'list');
    expect(listed.map(({ jobId }) => jobId)).toContain(job.jobId);
    expect(await json('batch', 'list', '--limit', '1')).toHaveLength(1);
    expect(await text('batch', 'describe', '--job-id', job.jobId)).toMatch(/CompletedCount +2\/2\n/);
  });

  test('a job can be stopped', async () => {
    const query = await startAll('slowly');
    const args = ['workflow', 'cancel', '-q', query, '--yes', '--rps', '0.01'];
    const { batchJobId } = await until<{ batchJobId?: string }>(
      ({ batchJobId: id }) => id !== undefined,
      ...args,
    );
    await text('batch', 'terminate', '--job-id', String(batchJobId), '--reason', 'enough');
    await until<Job>(
      ({ state }) => state !== 'BATCH_OPERATION_STATE_RUNNING',
      'batch',
      'describe',
      '--job-id',
      String(batchJobId),
    );
  });

  test('asks first, and does nothing where nobody can be asked', async () => {
    const query = await startAll('asked');
    expect(await refused('workflow', 'cancel', '-q', query)).toContain('agree with --yes');
    expect(await refused('workflow', 'cancel', '-q', query, '-w', 'x')).toContain('found both');
    expect(await refused('workflow', 'cancel')).toContain('expected --workflow-id or --query');
    expect(await refused('batch', 'describe', '--job-id', 'none')).toContain("batch job 'none'");
  });

  test('a no ends it with 1', async () => {
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return 'n';
    };
    const { code, stderr } = await runIn({ ask }, ['operator', 'namespace', 'delete', '-n', 'shop']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'perdure operator namespace delete: nothing was done\n',
    });
    expect(asked).toEqual(["Delete namespace 'shop' with all of its workflows? y/N "]);
  });
});
