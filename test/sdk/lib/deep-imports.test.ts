/** The modules below `lib/` that code written for Temporal's packages imports. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as client from 'perdure/client';
import { executionInfoFromRaw } from 'perdure/client/lib/helpers';
import { mapAsyncIterable } from 'perdure/client/lib/iterators-utils';
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
    expect(doubled).toEqual([2, 4, 6]);
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
