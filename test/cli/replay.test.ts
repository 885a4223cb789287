import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '../..');
const encoding = Buffer.from('json/plain').toString('base64');
const started = '2026-01-01T00:00:00Z';

function event(eventId: number, type: string, attributes: object): object {
  const member = type.toLowerCase().replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return {
    eventId: `${eventId}`,
    eventTime: started,
    eventType: `EVENT_TYPE_${type}`,
    [`${member}EventAttributes`]: attributes,
  };
}

/** A run of `wait(name)` that has begun to sleep. */
const history = {
  events: [
    event(1, 'WORKFLOW_EXECUTION_STARTED', {
      workflowType: { name: 'wait' },
      taskQueue: { name: 'q' },
      input: { payloads: [{ metadata: { encoding }, data: Buffer.from('"x"').toString('base64') }] },
      originalExecutionRunId: '11111111-1111-4111-8111-111111111111',
      firstExecutionRunId: '11111111-1111-4111-8111-111111111111',
      workflowTaskTimeout: '10s',
      attempt: 1,
    }),
    event(2, 'WORKFLOW_TASK_SCHEDULED', { taskQueue: { name: 'q' }, startToCloseTimeout: '10s', attempt: 1 }),
    event(3, 'WORKFLOW_TASK_STARTED', { scheduledEventId: '2' }),
    event(4, 'WORKFLOW_TASK_COMPLETED', { scheduledEventId: '2', startedEventId: '3' }),
    event(5, 'TIMER_STARTED', { timerId: '1', startToFireTimeout: '60s', workflowTaskCompletedEventId: '4' }),
  ],
};

function project(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'perdure-replay-'));
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(join(folder, 'workflows.ts'), code);
  writeFileSync(join(folder, 'history.json'), JSON.stringify(history));
  return folder;
}

async function replay(folder: string, ...files: string[]): Promise<{ code: number; text: string }> {
  const main = join(repository, 'src/cli/main.ts');
  const options = ['-C', 'perdure-source', '--disable-warning=ExperimentalWarning', main];
  const run = promisify(execFile)(
    process.execPath,
    [...options, 'replay', ...files, '--workflows', 'workflows.ts'],
    { cwd: folder },
  );
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, text: stdout + stderr }),
  );
}

describe('perdure replay', () => {
  it('says which histories replay', async () => {
    const folder = project(
      "import { sleep } from 'perdure/workflow';\nexport async function wait(name: string) { await sleep(60_000); return name; }\n",
    );
    const { code, text } = await replay(folder, 'history.json');
    expect(text).toContain(
      'ok      history.json (workflow history, run 11111111-1111-4111-8111-111111111111)',
    );
    expect(text).toContain('1 of 1 replayed');
    expect(code).toBe(0);
  }, 20_000);

  it('fails when code and history part, and names command and event', async () => {
    const folder = project('export async function wait(name: string) { return name; }\n');
    const { code, text } = await replay(folder, 'history.json', 'history.json');
    expect(text).toContain('failed  history.json');
    expect(text).toMatch(/CompleteWorkflowExecution command does not handle this event: TimerStarted/);
    expect(text).toContain('0 of 2 replayed');
    expect(code).toBe(1);
  }, 20_000);

  it('takes a history as the HTTP API writes it, with values for payloads', async () => {
    const folder = project(
      "import { sleep } from 'perdure/workflow';\nexport async function wait(name: string) { await sleep(name === 'x' ? 60_000 : 0); }\n",
    );
    const [first, ...others] = history.events as { workflowExecutionStartedEventAttributes?: object }[];
    const workflowExecutionStartedEventAttributes = {
      ...first?.workflowExecutionStartedEventAttributes,
      input: ['x'],
    };
    const answer = {
      history: { events: [{ ...first, workflowExecutionStartedEventAttributes }, ...others] },
    };
    writeFileSync(join(folder, 'answer.json'), JSON.stringify(answer));
    const { code, text } = await replay(folder, 'answer.json');
    expect(text).toContain('1 of 1 replayed');
    expect(code).toBe(0);
  }, 20_000);

  it.each([
    ['[]', 'answer.json: expected a history, {"events": [...]}'],
    ['null', 'answer.json: Expected a non-null history object'],
    ['{"events": 5}', 'answer.json: events: expected an array, got 5'],
    ['{', 'answer.json: expected a history as JSON'],
  ])(
    'refuses %s, and names the file',
    async (content, message) => {
      const folder = project('export async function wait(name: string) { return name; }\n');
      writeFileSync(join(folder, 'answer.json'), content);
      const { code, text } = await replay(folder, 'answer.json');
      expect(text).toContain(message);
      expect(code).toBe(1);
    },
    20_000,
  );

  it('asks for files', async () => {
    const { code, text } = await replay(project(''));
    expect(text).toContain('expected one or more history files');
    expect(code).toBe(1);
  }, 20_000);
});
