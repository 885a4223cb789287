/** The executor and the bundler together: real workflow sources, as a user writes them. */
import { beforeAll, describe, expect, it } from 'vitest';
import { replayHistory } from '../../src/executor/replay.ts';
import type { WorkflowBundle } from '../../src/executor/workflow-bundle.ts';
import * as common from '../../src/sdk/common/index.ts';
import * as workflow from '../../src/sdk/workflow/index.ts';
import { loadProject } from '../bundler/project.ts';
import { decoded, modes, World, type WorldOptions } from './support/world.ts';

const sources = {
  'src/workflows/index.ts': `
import { ApplicationFailure, condition, defineQuery, proxyActivities, setHandler, sleep } from 'perdure/workflow';
const { work } = proxyActivities<{ work(): Promise<string> }>({ startToCloseTimeout: '1m' });
let visits = 0;

export async function counts(): Promise<unknown> {
  visits++;
  const started = Date.now();
  await sleep('1h');
  visits++;
  return [visits, Date.now() - started, typeof fetch, typeof process];
}

export async function fails(how: string): Promise<void> {
  await inner(how);
}

async function inner(how: string): Promise<void> {
  await null;
  if (how === 'run') throw ApplicationFailure.nonRetryable('the run fails');
  throw new TypeError('the task fails');
}

export async function waits(): Promise<void> {
  await Promise.all([inActivity(), condition(() => false)]);
}

async function inActivity(): Promise<void> {
  await work();
}

export async function spins(): Promise<void> {
  try {
    while (true) {}
  } catch {
    for (;;) await null;
  }
}

export async function reaches(): Promise<unknown> {
  return await (globalThis as { fetch?: unknown }).fetch ?? fetch('http://x');
}

export async function watched(): Promise<string> {
  setHandler(defineQuery<number>('visits'), () => visits);
  return new AsyncLocalStorage<string>().run('stored', () => 'ok');
}
declare const AsyncLocalStorage: typeof import('perdure/workflow').AsyncLocalStorage;
`,
};

const modules = { 'perdure/workflow': workflow, 'perdure/common': common };
let bundle: WorkflowBundle;
beforeAll(async () => {
  bundle = await loadProject(sources);
}, 30_000);

describe.each(modes)('bundled workflows: $mode', ({ replayEachTask }) => {
  const make = (type: string, args: unknown[] = [], options: WorldOptions = {}) =>
    new World({}, type, args, { bundle, modules, replayEachTask, ...options });

  it('have modules, time and globals of their own', async () => {
    for (const runId of ['one', 'two']) {
      const world = make('counts', [], { runId });
      await world.run();
      world.fireTimer();
      await world.run();
      expect(world.result).toEqual([2, 3_600_010, 'undefined', 'undefined']);
      await replayHistory({ bundle, modules, events: world.events });
    }
  });

  it("failures of the run and of the task name the author's lines", async () => {
    const run = make('fails', ['run']);
    const { commands } = await run.run();
    const [command] = commands;
    const failure = command?.commandType === 'FailWorkflowExecution' ? command.attributes.failure : undefined;
    const frames = ['at inner (src/workflows/index.ts:20:', 'at fails (src/workflows/index.ts:15:'];
    for (const frame of frames) expect(failure?.stackTrace?.replaceAll('async ', '')).toContain(frame);
    const task = await make('fails', ['task']).runFailing();
    expect(task.failure.stackTrace?.replaceAll('async ', '')).toContain(
      'at inner (src/workflows/index.ts:21:',
    );
    expect(task.failure.stackTrace).not.toContain('startWorkflowNextHandler');
  });

  it('a loop without end fails the task within its limit, swallowed or not', async () => {
    const world = make('spins', [], { fuel: { timeMs: 100 } });
    const { failure } = await world.runFailing();
    expect(failure.message).toContain(
      "[TMPRL1101] Potential deadlock detected: workflow didn't yield within 100ms",
    );
  });

  it('what is not there says what to use instead', async () => {
    const { failure } = await make('reaches').runFailing();
    expect(failure.message).toContain('fetch is not available in workflow code');
    expect(failure.message).toContain('move the request to an activity');
  });

  it('__stack_trace tells where code waits (QRY-8)', async () => {
    const world = make('waits');
    await world.run();
    const text = String(await world.queryValue('__stack_trace'));
    expect(text.split('\n\n')).toHaveLength(2);
    expect(text).toContain('at inActivity (src/workflows/index.ts:');
    expect(text).not.toContain('executor');
    expect(await world.queryValue('__enhanced_stack_trace')).toMatchObject({
      sdk: { name: 'typescript' },
      sources: {},
      stacks: [
        {
          locations: [
            { function_name: 'inActivity', file_path: 'src/workflows/index.ts', internal_code: false },
            {},
          ],
        },
        {},
      ],
    });
  });

  it('__stack_trace also comes with a task, and leaves out what has been answered', async () => {
    const world = make('waits');
    await world.run();
    world.completeActivity();
    const { queries } = await world.run({ queries: [{ id: 's', queryType: '__stack_trace' }] });
    const [answer] = queries;
    const text = String(answer && 'result' in answer && decoded(answer.result));
    expect(text).not.toContain('inActivity');
    expect(text).toContain('at waits (src/workflows/index.ts:');
  });

  it('run in development', async () => {
    const world = make('watched', [], { development: true });
    await world.run();
    expect(world.result).toBe('ok');
    expect(await world.queryValue('visits')).toBe(0);
  });
});

describe('converters named at build time', () => {
  const converters = {
    'src/workflows/index.ts': 'export async function echo(value: unknown) { return value; }',
    'src/converter.ts': `
import { DefaultPayloadConverter, DefaultFailureConverter } from 'perdure/common';
export const payloadConverter = new (class extends DefaultPayloadConverter {
  toPayload(value) { return super.toPayload(['converted', value]); }
})();
`,
  };

  it('convert on behalf of the run', async () => {
    const own = await loadProject(converters, { payloadConverterPath: './src/converter.ts' });
    const world = new World({}, 'echo', ['x'], { bundle: own, modules });
    await world.run();
    expect(world.result).toEqual(['converted', 'x']);
  }, 30_000);
});
