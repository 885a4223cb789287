import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { counter, useCommands } from './commands.ts';

const { run, text, json, refused, until } = useCommands();

interface Listed {
  execution: { workflowId: string; runId: string };
  status: string;
}
interface Updated {
  updateId: string;
  result?: unknown[];
}

const running = (id: string) => text('workflow', 'start', ...counter(id));

describe('perdure workflow: starting', () => {
  test('start says what runs, and takes all a workflow is started with', async () => {
    const started = await json(
      ...['workflow', 'start', ...counter('started'), '-i', '5', '--memo', 'note="rush"'],
      ...['--search-attribute', 'Customer="c-9"', '--static-summary', 'the first', '--run-timeout', '1h30m'],
      ...['--execution-timeout', '7d', '--task-timeout', '20s', '--priority-key', '2', '--identity', 'me'],
    );
    expect(started).toMatchObject({
      workflowId: 'started',
      type: 'counter',
      namespace: 'default',
      taskQueue: 'q',
    });
    expect(await json('workflow', 'describe', '-w', 'started')).toMatchObject({
      executionConfig: {
        workflowRunTimeout: '5400s',
        workflowExecutionTimeout: '604800s',
        defaultWorkflowTaskTimeout: '20s',
        userMetadata: { summary: 'the first' },
      },
      workflowExecutionInfo: {
        execution: { workflowId: 'started', runId: started.runId },
        memo: { fields: { note: 'rush' } },
        priority: { priorityKey: 2 },
      },
    });
    const described = await text('workflow', 'describe', '-w', 'started');
    expect(described).toMatch(/^Execution Info:\n {2}WorkflowId +started\n/);
    expect(described).toMatch(/\n {2}SearchAttributes +{"Customer":"c-9"}\n/);
    expect(described).toMatch(/\n {2}RunTimeout +1h30m0s\n/);
    expect(await text('workflow', 'query', '-w', 'started', '--name', 'total')).toContain('QueryResult  5');
    const { events } = await json<{ events: object[] }>('workflow', 'show', '-w', 'started');
    expect(events[0]).toMatchObject({
      workflowExecutionStartedEventAttributes: { identity: 'me', input: [5] },
    });
  });

  test('execute shows the history as it grows, through all runs, and the result', async () => {
    const shown = await text('workflow', 'execute', '--type', 'twice', '-t', 'q', '-w', 'twice');
    expect(shown).toMatch(/^Running execution:\n {2}WorkflowId +twice\n/);
    expect(shown.match(/WorkflowExecutionStarted/g)).toHaveLength(2);
    expect(shown).toMatch(/WorkflowExecutionContinuedAsNew\n/);
    expect(shown).toMatch(/\n\nResults:\n {2}Status {2}COMPLETED\n {2}Result {2}"second"\n$/);
    const args = ['execute', '--type', 'hello', '-t', 'q', '-i', '"you"'];
    expect(await json('workflow', ...args)).toMatchObject({ status: 'COMPLETED', result: 'Hello, you!' });
  });

  test('a workflow that fails ends the command with 1, and its failure', async () => {
    const { code, stdout, stderr } = await run(
      'workflow',
      'execute',
      '--type',
      'fails',
      '-t',
      'q',
      '-w',
      'fails',
    );
    expect(code).toBe(1);
    expect(stdout).toContain('Failure  out of stock (StockError): {"sku":"A1"}');
    expect(stderr).toMatch(
      /^perdure workflow execute: workflow 'fails', run '[-\w]+' ended as Failed: out of stock\n$/,
    );
    expect((await run('workflow', 'result', '-w', 'fails', '-o', 'none')).code).toBe(1);
  });

  test('inputs are files, base64 and of other encodings too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perdure-cli-'));
    const file = join(folder, 'input.json');
    await writeFile(file, '"file"');
    const hello = ['workflow', 'execute', '--type', 'hello', '-t', 'q'];
    expect(await json(...hello, '--input-file', file)).toMatchObject({ result: 'Hello, file!' });
    expect(await json(...hello, '-i', 'ImI2NCI=', '--input-base64')).toMatchObject({ result: 'Hello, b64!' });
    const bytes = ['-i', 'abc', '--input-meta', 'encoding=binary/plain', '-w', 'bytes'];
    await text(...hello.with(1, 'start'), ...bytes);
    const long = ['workflow', 'show', '-w', 'bytes', '--no-json-shorthand-payloads'];
    const { events } = await json<{ events: object[] }>(...long);
    expect(events[0]).toMatchObject({
      workflowExecutionStartedEventAttributes: {
        input: { payloads: [{ metadata: { encoding: btoa('binary/plain') }, data: btoa('abc') }] },
      },
    });
  });

  test('what cannot be done is refused with what it is and what to do', async () => {
    await running('taken');
    const taken = await refused('workflow', 'start', ...counter('taken'));
    expect(taken).toMatch(
      /^perdure workflow start: workflow 'taken', task queue 'q' in namespace 'default' at /,
    );
    expect(taken).toMatch(/\(ALREADY_EXISTS\)\nUse what runs with --id-conflict-policy UseExisting/);
    const policies = ['--id-conflict-policy', 'use-existing', '--id-reuse-policy', 'AllowDuplicate'];
    const { runId } = await json('workflow', 'start', ...counter('taken'), ...policies);
    expect(taken).toContain(String(runId));
    expect(await refused('workflow', 'start', '-t', 'q')).toContain("required option '--type <name>'");
    expect(await refused('workflow', 'start', ...counter('x'), '-i', 'abc')).toContain(
      `argument 1: expected JSON, found 'abc'. A text is written with its quotes: '"abc"'`,
    );
    expect(await refused('workflow', 'start', ...counter('x'), '--run-timeout', '5')).toContain(
      "expected a duration such as 30s, 5m, 1h30m or 7d, found '5'",
    );
    expect(await refused('workflow', 'describe', '-w', 'nobody')).toMatch(
      /workflow 'nobody' in namespace 'default' at [\d.:]+: .*\(NOT_FOUND\)\nSee what there is: perdure workflow list\n$/,
    );
    expect(await refused('workflow', 'list', '-n', 'nowhere')).toContain('perdure operator namespace list');
    expect(await refused('workflow', 'list', '--address', '127.0.0.1:1')).toMatch(/Is the server running\?/);
    expect(await refused('workflow', 'lits')).toContain('Did you mean list?');
  });
});

describe('perdure workflow: talking to one', () => {
  test('signal, query and update', async () => {
    await running('talk');
    await text('workflow', 'signal', '-w', 'talk', '--name', 'add', '-i', '5');
    expect(await json('workflow', 'query', '-w', 'talk', '--name', 'total')).toEqual({ queryResult: [5] });
    expect(await refused('workflow', 'query', '-w', 'talk', '--name', 'nope')).toContain(
      'Registered queries:',
    );
    const update = ['workflow', 'update', 'execute', '-w', 'talk', '--name', 'increase'];
    expect(await json(...update, '-i', '2', '--update-id', 'u1')).toMatchObject({
      updateId: 'u1',
      result: [7],
    });
    expect(await refused(...update, '-i', '-2')).toMatch(
      /update '[-\w]+' of workflow 'talk', run '[-\w]+' failed: only upwards/,
    );
    const stage = ['--wait-for-stage', 'accepted', '--update-id', 'u2', '-i', '1'];
    expect(await json(...update.with(2, 'start'), ...stage)).toMatchObject({ updateId: 'u2' });
    const { result } = await json<Updated>('workflow', 'update', 'result', '-w', 'talk', '--update-id', 'u2');
    expect(result).toEqual([8]);
    expect(await text('workflow', 'update', 'describe', '-w', 'talk', '--update-id', 'u1')).toMatch(
      /Stage +Completed/,
    );
  });

  test('stack and metadata show the code that runs', async () => {
    await running('shown');
    expect(await text('workflow', 'stack', '-w', 'shown')).toMatch(/at counter \(.*workflows\.ts:\d+:\d+\)/);
    expect(await text('workflow', 'metadata', '-w', 'shown')).toMatch(
      /Type +counter[\s\S]*Signals:\n {2}add +-\n {2}finish/,
    );
  });

  test('signal-with-start and both updates with start', async () => {
    const start = ['--signal-name', 'add', '--signal-input', '3', '-i', '1'];
    expect(await json('workflow', 'signal-with-start', ...counter('with'), ...start)).toMatchObject({
      started: true,
    });
    const update = [
      '--update-name',
      'increase',
      '--update-input',
      '4',
      '--id-conflict-policy',
      'UseExisting',
    ];
    expect(await json('workflow', 'execute-update-with-start', ...counter('with'), ...update)).toMatchObject({
      workflowId: 'with',
      result: [8],
    });
    const wait = ['--update-wait-for-stage', 'accepted', '--update-id', 'u'];
    await text('workflow', 'start-update-with-start', ...counter('with'), ...update, ...wait);
    expect(await json('workflow', 'update', 'result', '-w', 'with', '--update-id', 'u')).toMatchObject({
      result: [12],
    });
  });

  test('result waits; a query of what has ended can be refused', async () => {
    await running('ends');
    const waiting = json('workflow', 'result', '-w', 'ends');
    await text('workflow', 'signal', '-w', 'ends', '--name', 'finish');
    expect(await waiting).toMatchObject({ workflowId: 'ends', status: 'COMPLETED', result: 0 });
    const query = ['workflow', 'query', '-w', 'ends', '--name', 'total', '--reject-condition', 'not_open'];
    expect(await refused(...query)).toContain("workflow 'ends' has status: COMPLETED");
    expect(await text('workflow', 'describe', '-w', 'ends')).toMatch(
      /\n\nResults:\n {2}Status {2}COMPLETED\n/,
    );
  });
});

describe('perdure workflow: looking', () => {
  test('list and count, as text, JSON and lines of it', async () => {
    const ids = ['list-1', 'list-2', 'list-3'];
    for (const id of ids) await running(id);
    const query = "WorkflowId STARTS_WITH 'list-'";
    await until<Listed[]>((found) => found.length === 3, 'workflow', 'list', '-q', query);
    const table = await text('workflow', 'list', '-q', query, '--time-format', 'iso');
    expect(table).toMatch(
      /^ {2}Status +WorkflowId +Type +StartTime\n {2}Running +list-\d +counter +\d{4}-\d\d-\d\dT[\d:]+Z\n/,
    );
    const lines = (await text('workflow', 'list', '-q', query, '-o', 'jsonl', '--page-size', '1'))
      .trim()
      .split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Listed).execution.workflowId).sort()).toEqual(ids);
    expect(await json('workflow', 'list', '-q', query, '--limit', '2')).toHaveLength(2);
    expect(await json('workflow', 'list', '-q', "WorkflowId = 'list-none'")).toEqual([]);
    expect(await text('workflow', 'count', '-q', query)).toBe('Total: 3\n');
    expect(await text('workflow', 'count', '-q', `${query} GROUP BY ExecutionStatus`)).toBe(
      'Total: 3\nGroup total: 3, values: "Running"\n',
    );
    expect(await refused('workflow', 'list', '-q', 'Nope = 1')).toContain('(INVALID_ARGUMENT)');
  });

  test('show follows until the end; its JSON is a history file', async () => {
    await running('followed');
    const following = text('workflow', 'show', '-w', 'followed', '--follow', '--detailed');
    await text('workflow', 'signal', '-w', 'followed', '--name', 'finish');
    expect(await following).toMatch(
      /\[1\] WorkflowExecutionStarted .*\n {4}workflowType.name: counter\n[\s\S]*Status {2}COMPLETED/,
    );
    const folder = await mkdtemp(join(tmpdir(), 'perdure-cli-'));
    const [source, target] = [join(folder, 'old.json'), join(folder, 'new.json')];
    await writeFile(source, await text('workflow', 'show', '-w', 'followed', '-o', 'json'));
    await text('workflow', 'fix-history-json', '-s', source, '-t', target);
    const { events } = JSON.parse(await readFile(target, 'utf8')) as { events: object[] };
    expect(events.at(-1)).toMatchObject({ eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED' });
  });
});

describe('perdure workflow trace', () => {
  test('shows activities, timers and child workflows, which are folded or not', async () => {
    await text('workflow', 'execute', '--type', 'parent', '-t', 'q', '-w', 'parent');
    expect(await text('workflow', 'trace', '-w', 'parent')).toMatch(
      /^ {2}✓ Completed workflow parent {2}workflow parent, run [-\w]+\n {4}✓ Fired timer 0.001s\n {4}✓ Completed workflow hello {2}workflow the-child, run [-\w]+\n$/,
    );
    const { children } = await json<{ children: object[] }>('workflow', 'trace', '-w', 'parent', '--no-fold');
    expect(children).toMatchObject([
      { kind: 'timer' },
      { kind: 'workflow', workflowId: 'the-child', children: [] },
    ]);
    await text('workflow', 'start', '--type', 'waits', '-t', 'q', '-w', 'traced', '-i', '"x"');
    await until<{ children: object[] }>(
      (found) => found.children.length === 1,
      'workflow',
      'trace',
      '-w',
      'traced',
    );
    expect(await text('workflow', 'trace', '-w', 'traced')).toMatch(
      /▷ Running workflow waits .*\n {4}▷ Running activity slow\n$/,
    );
  });
});

describe('perdure workflow: ending and going back', () => {
  test('cancel, terminate, pause, unpause, delete', async () => {
    for (const id of ['cancelled', 'terminated', 'paused']) await running(id);
    expect(await text('workflow', 'cancel', '-w', 'cancelled', '--reason', 'r')).toBe('Canceled workflow\n');
    expect(await refused('workflow', 'result', '-w', 'cancelled')).toContain('ended as Canceled');
    await text('workflow', 'terminate', '-w', 'terminated', '--reason', 'too long');
    expect(await refused('workflow', 'result', '-w', 'terminated')).toContain('ended as Terminated');
    await text('workflow', 'pause', '-w', 'paused', '--reason', 'look');
    expect(await text('workflow', 'describe', '-w', 'paused')).toMatch(/PauseReason +look/);
    await text('workflow', 'unpause', '-w', 'paused');
    await text('workflow', 'delete', '-w', 'terminated');
    expect(await refused('workflow', 'describe', '-w', 'terminated')).toContain('NOT_FOUND');
  });

  test('reset goes back to an event, or to one that is found', async () => {
    await running('reset');
    await text('workflow', 'update', 'execute', '-w', 'reset', '--name', 'increase', '-i', '2');
    const reset = ['workflow', 'reset', '-w', 'reset', '--reason', 'again'];
    const total = async () => (await json('workflow', 'query', '-w', 'reset', '--name', 'total')).queryResult;
    await text(...reset, '-t', 'FirstWorkflowTask', '--reapply-exclude', 'All');
    expect(await total()).toEqual([0]);
    await text('workflow', 'signal', '-w', 'reset', '--name', 'add', '-i', '3');
    expect(await total()).toEqual([3]);
    const { runId } = await json(...reset, '--type', 'LastWorkflowTask');
    expect(await total()).toEqual([3]);
    await text(...reset, '-e', '4', '-r', String(runId));
    await text('workflow', 'execute', '--type', 'twice', '-t', 'q', '-w', 'renewed');
    await text('workflow', 'reset', '-w', 'renewed', '-t', 'LastContinuedAsNew', '--reason', 'again');
    expect(await json('workflow', 'result', '-w', 'renewed')).toMatchObject({ result: 'second' });
    expect(await refused(...reset)).toContain('expected either --event-id or --type');
    expect(await refused(...reset, '-t', 'BuildId', '--build-id', 'b9')).toContain(
      "no task of workflow 'reset' was done by build 'b9'",
    );
  });

  test('update-options pins a workflow to a version, and lets it go', async () => {
    await running('pinned');
    const pin = ['workflow', 'update-options', '-w', 'pinned', '--versioning-override-behavior'];
    const version = ['--versioning-override-deployment-name', 'shop', '--versioning-override-build-id', 'b1'];
    await text(...pin, 'pinned', ...version);
    expect(await text('workflow', 'describe', '-w', 'pinned')).toMatch(
      /Versioning Info:[\s\S]*"buildId":"b1"/,
    );
    await text(...pin, 'unspecified');
    expect(await refused(...pin, 'pinned')).toContain('--versioning-override-build-id');
  });
});
