/** The modules below `lib/` that code written for Temporal's packages imports. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as client from 'perdure/client';
import { executionInfoFromRaw } from 'perdure/client/lib/helpers';
import { adaptWorkflowClientInterceptor } from 'perdure/client/lib/interceptor-adapters';
import { InternalWorkflowStartOptionsSymbol } from 'perdure/client/lib/internal';
import { mapAsyncIterable } from 'perdure/client/lib/iterators-utils';
import {
  compileScheduleOptions,
  decodeOptionalStructuredCalendarSpecs,
  decodeScheduleSpec,
  encodeOptionalStructuredCalendarSpecs,
  encodeSchedulePolicies,
  encodeScheduleSpec,
} from 'perdure/client/lib/schedule-helpers';
import * as common from 'perdure/common';
import { defaultDataConverter } from 'perdure/common';
import {
  decodeArrayFromPayloads,
  encodeToPayloads,
  loadDataConverter,
} from 'perdure/common/lib/internal-non-workflow';
import { makeProtoEnumConverters } from 'perdure/common/lib/internal-workflow/enums-helpers.js';
import { historyFromJSON, historyToJSON, JSONToPayload, payloadToJSON } from 'perdure/common/lib/proto-utils';
import { optionalDateToTs, requiredTsToDate, requiredTsToMs } from 'perdure/common/lib/time';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { createNamespace, waitOnNamespace } from 'perdure/testing/lib/utils';
import { Worker } from 'perdure/worker';
import { compileWorkerOptions, isCodeBundleOption } from 'perdure/worker/lib/worker-options';
import { WorkflowCodeBundler } from 'perdure/worker/lib/workflow/bundler';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WORKFLOW_LIB_MODULES } from '../../../src/sdk/common/lib-names.ts';
import { WORKFLOW_MODULES } from '../../../src/sdk/workflow/modules.ts';
import activity from '../common/wire/histories/activity.json' with { type: 'json' };
import { usesLibraryModules } from './workflows.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const workflowsPath = join(import.meta.dirname, 'workflows.ts');

describe('modules below lib/', () => {
  it('are the very classes of the packages', async () => {
    const failure = await import('perdure/common/lib/failure');
    const errors = await import('perdure/client/lib/errors');
    expect(failure.ApplicationFailure).toBe(common.ApplicationFailure);
    expect(errors.WorkflowFailedError).toBe(client.WorkflowFailedError);
  });

  it('those of common and workflow that need no host are there for workflow code', () => {
    const sources = (name: string) =>
      readdirSync(join(import.meta.dirname, '../../../src/sdk', name, 'lib'), {
        recursive: true,
        encoding: 'utf8',
      })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => `perdure/${name}/lib/${file.replaceAll('\\', '/').slice(0, -3)}`);
    const hostOnly = /\/(index|proto-utils|internal-non-workflow(\/.*)?)$/;
    const expected = [...sources('common'), ...sources('workflow')].filter(
      (name) => !hostOnly.test(name) || name.endsWith('internal-workflow/index'),
    );
    expect([...WORKFLOW_LIB_MODULES].sort()).toEqual(expected.sort());
    expect(Object.keys(WORKFLOW_MODULES)).toEqual(expect.arrayContaining([...WORKFLOW_LIB_MODULES]));
  });

  it('times: a field that is missing is named', () => {
    const ts = optionalDateToTs(new Date(1500));
    expect(requiredTsToMs(ts, 'start')).toBe(1500);
    expect(requiredTsToDate(ts, 'start')).toEqual(new Date(1500));
    expect(() => requiredTsToMs(undefined, 'start')).toThrow(
      new TypeError('Expected start to be a timestamp, got undefined'),
    );
    expect(optionalDateToTs(null)).toBeUndefined();
    expect(String(ts?.seconds)).toBe('1');
  });

  it('enum converters from a table of short names', () => {
    const [encode, decode] = makeProtoEnumConverters({ A: 1, B: 2, UNSPECIFIED: 0 }, 'LETTER_');
    expect([encode('A'), encode('LETTER_B'), encode(7), encode(undefined)]).toEqual([1, 2, 7, undefined]);
    expect([decode(2), decode(0), decode(9)]).toEqual(['B', undefined, 'unknown_9']);
    expect(() => encode('C')).toThrow("Invalid enum value: 'C'");
  });

  it('histories and payloads between protobuf objects and JSON', () => {
    const history = historyFromJSON(activity);
    expect(history.events?.[0]?.eventType).toBe(1);
    expect(historyFromJSON(JSON.parse(historyToJSON(history)))).toEqual(history);
    expect(() => historyFromJSON({})).toThrow('Invalid history, expected an object with an array of events');
    const payload = common.defaultPayloadConverter.toPayload('x');
    expect(JSONToPayload(payloadToJSON(payload))).toEqual(payload);
  });

  it('codec helpers', async () => {
    const converter = loadDataConverter({
      payloadCodecs: [{ encode: async (all) => all, decode: async (all) => all }],
    });
    const payloads = await encodeToPayloads(converter, 1, 'two');
    expect(await decodeArrayFromPayloads(converter, payloads)).toEqual([1, 'two']);
  });

  it('mapped iterables', async () => {
    async function* numbers() {
      yield* [1, 2, 3];
    }
    const doubled: number[] = [];
    for await (const value of mapAsyncIterable(numbers(), async (n) => n * 2, { concurrency: 2 }))
      doubled.push(value);
    expect(doubled.sort()).toEqual([2, 4, 6]);
  });

  it('mapped iterables give what is there first, and take no more than is wanted', async () => {
    const taken: number[] = [];
    async function* numbers() {
      for (let n = 0; n < 10; n++) {
        taken.push(n);
        yield n;
      }
    }
    let resolveLate = () => {};
    const late = new Promise<void>((resolve) => {
      resolveLate = resolve;
    });
    const map = async (n: number) => {
      if (n === 0) await late;
      return n;
    };
    const mapped = mapAsyncIterable(numbers(), map, { concurrency: 2, bufferLimit: 1 });
    const reader = mapped[Symbol.asyncIterator]();
    const first = await reader.next();
    expect(first.value).toBe(1);
    await vi.waitFor(() => expect(taken).toEqual([0, 1, 2, 3]));
    resolveLate();
    const rest: number[] = [];
    for (let next = await reader.next(); !next.done; next = await reader.next()) rest.push(next.value);
    expect(rest.sort((one, other) => one - other)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('mapped iterables fail with the first error, after what is there', async () => {
    async function* numbers() {
      yield* [1, 2, 3, 4];
    }
    const seen: number[] = [];
    const read = async () => {
      const failing = async (n: number) => (n < 3 ? n : Promise.reject(new RangeError(`no ${n}`)));
      for await (const n of mapAsyncIterable(numbers(), failing, { concurrency: 2 })) seen.push(n);
    };
    await expect(read()).rejects.toThrow('no 3');
    expect(seen).toEqual([1, 2]);
  });

  it('schedules as protobuf objects', () => {
    const calendar = { hour: { start: 2, end: 4 }, dayOfWeek: 'MONDAY', comment: 'c' } as const;
    const [encoded] = encodeOptionalStructuredCalendarSpecs([calendar]) ?? [];
    expect(encoded).toMatchObject({
      second: [{ start: 0, end: 0 }],
      hour: [{ start: 2, end: 4, step: 1 }],
      dayOfWeek: [{ start: 1, end: 1, step: 1 }],
      year: [],
      comment: 'c',
    });
    expect(encodeOptionalStructuredCalendarSpecs(undefined)).toBeUndefined();
    expect(decodeOptionalStructuredCalendarSpecs([encoded as never])[0]).toMatchObject({
      hour: [{ start: 2, end: 4, step: 1 }],
      dayOfWeek: [{ start: 'MONDAY', end: 'MONDAY', step: 1 }],
    });
    expect(decodeOptionalStructuredCalendarSpecs(null)).toEqual([]);
    const spec = encodeScheduleSpec({ intervals: [{ every: '1h', offset: 500 }], jitter: '2s' });
    expect(spec.interval).toEqual([{ interval: common.msToTs('1h'), phase: common.msToTs(500) }]);
    expect(decodeScheduleSpec(spec)).toMatchObject({
      intervals: [{ every: 3_600_000, offset: 500 }],
      jitter: 2000,
    });
    expect(encodeSchedulePolicies({ overlap: 'BUFFER_ONE', catchupWindow: '1m' })).toEqual({
      catchupWindow: common.msToTs('1m'),
      overlapPolicy: 2,
      pauseOnFailure: undefined,
    });
    const action = { type: 'startWorkflow', workflowType: 'w', taskQueue: 'q' } as const;
    expect(compileScheduleOptions({ scheduleId: 's', spec: {}, action }).action).toMatchObject({
      workflowId: 's-workflow',
      args: [],
    });
  });

  it('the adapter of client interceptors, and where internal options stand', async () => {
    const adapted = adaptWorkflowClientInterceptor({ start: async () => 'run' });
    const output = await adapted.startWithDetails?.({} as never, async () => ({
      runId: '',
      eagerlyStarted: true,
    }));
    expect(output).toEqual({ runId: 'run', eagerlyStarted: false });
    expect(Symbol.keyFor(InternalWorkflowStartOptionsSymbol)).toBe(
      '__temporal_internal_client_workflow_start_options',
    );
  });

  it('worker options with their defaults', () => {
    const compiled = compileWorkerOptions({ taskQueue: 'q' });
    expect(compiled).toMatchObject({ namespace: 'default', shutdownGraceTimeMs: 0 });
    expect([isCodeBundleOption({ code: '' }), isCodeBundleOption({ codePath: '' })]).toEqual([true, false]);
  });
});

describe('modules below lib/: against a server', () => {
  let env: TestWorkflowEnvironment;

  beforeAll(async () => {
    env = await TestWorkflowEnvironment.createLocal();
  });
  afterAll(() => env.teardown());

  it('workflow code imports them, with and without an extension; the bundler as a class', async () => {
    const workflowBundle = await new WorkflowCodeBundler({
      workflowsPath,
      workflowInterceptorModules: [workflowsPath],
    }).createBundle();
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'lib',
      workflowBundle,
    });
    const result = await worker.runUntil(
      env.client.workflow.execute(usesLibraryModules, { taskQueue: 'lib', workflowId: 'lib' }),
    );
    expect(result).toEqual({
      text: 'ä',
      kept: { a: 1 },
      branded: 'QuotaError',
      policy: 'ABANDON',
      type: 'usesLibraryModules',
      composed: 2,
    });
  });

  it('a namespace is made and waited for; raw infos are decoded', async () => {
    await createNamespace(env.connection, 'made');
    await createNamespace(env.connection, 'made');
    await waitOnNamespace(env.connection, 'made', 1);
    await expect(waitOnNamespace(env.connection, 'unmade', 1)).rejects.toThrow('unmade');
    const handle = await env.client.workflow.start('nobody', { taskQueue: 'none', workflowId: 'raw' });
    const { workflowExecutionInfo } = (await handle.describe()).raw;
    if (!workflowExecutionInfo) throw new Error('expected an info');
    const info = await executionInfoFromRaw(workflowExecutionInfo, defaultDataConverter, 'mine', 'default');
    expect(info).toMatchObject({ workflowId: 'raw', type: 'nobody', raw: 'mine' });
  });
});
