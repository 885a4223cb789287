/** What a worker makes of a Nexus request: its outcome, and the lines that it writes about it. */
import * as nexus from 'nexus-rpc';
import { ActivityExecutionAlreadyStartedError } from 'perdure/client';
import { ApplicationFailure, CancelledFailure, type PayloadCodec } from 'perdure/common';
import { getClient } from 'perdure/nexus';
import { DefaultLogger, type LogEntry } from 'perdure/worker';
import { describe, expect, it } from 'vitest';
import { defaultDataConverter } from '../../../src/sdk/common/converter/data-converter.ts';
import { noopMetricMeter } from '../../../src/sdk/common/metrics.ts';
import { type NexusWorker, runNexusRequest } from '../../../src/sdk/nexus/nexus-runner.ts';

const service = nexus.service('shop', { act: nexus.operation<string, string>() });
const client = {} as never;

function workerOf(act: (input: string) => Promise<string>, codec?: Partial<PayloadCodec>) {
  const entries: LogEntry[] = [];
  const handler = nexus.serviceHandler(service, { act: async (_ctx, input) => await act(input) });
  const worker: NexusWorker = {
    namespace: 'default',
    taskQueue: 'q',
    services: new Map([['shop', handler]]),
    dataConverter: { ...defaultDataConverter, payloadCodecs: codec ? [codec as PayloadCodec] : [] },
    interceptors: [() => ({ outbound: { getLogAttributes: (given, next) => next({ ...given, own: 1 }) } })],
    logger: new DefaultLogger('DEBUG', (entry) => entries.push(entry)),
    metricMeter: noopMetricMeter,
    client: () => client,
  };
  const lines = () => entries.map(({ level, message }) => [level, message]);
  return { worker, entries, lines };
}

const json = (value: unknown) => ({
  metadata: { encoding: new TextEncoder().encode('json/plain') },
  data: new TextEncoder().encode(JSON.stringify(value)),
});
const start = (given: object = {}) => ({
  startOperation: { service: 'shop', operation: 'act', requestId: 'r', payload: json('in'), ...given },
});
const run = (worker: NexusWorker, request: object = start(), signal = new AbortController().signal) =>
  runNexusRequest(worker, request as never, signal);

describe('a Nexus handler', () => {
  it('NXS-17: has a line at its start and one at its end, with what interceptors add', async () => {
    const { worker, entries, lines } = workerOf(async (input) => `${input}!`);
    expect(await run(worker)).toMatchObject({ kind: 'sync' });
    expect(lines()).toEqual([
      ['DEBUG', 'Nexus handler started'],
      ['DEBUG', 'Nexus handler invocation completed'],
    ]);
    expect(entries[1]?.meta).toEqual({
      namespace: 'default',
      taskQueue: 'q',
      service: 'shop',
      operation: 'act',
      method: 'startOperation',
      durationMs: expect.any(Number),
      own: 1,
    });
  });

  it('that fails has a warning', async () => {
    const error = new nexus.HandlerError('UNAVAILABLE', 'not yet');
    const { worker, entries, lines } = workerOf(() => Promise.reject(error));
    expect(await run(worker)).toMatchObject({ kind: 'handlerFailed', failure: { message: 'not yet' } });
    expect(lines()).toEqual([
      ['DEBUG', 'Nexus handler started'],
      ['WARN', 'Nexus handler invocation failed'],
    ]);
    expect(entries[1]?.meta?.error).toBe(error);
  });

  it('that ends since nobody waits any more has none', async () => {
    const controller = new AbortController();
    const { worker, lines } = workerOf(async () => {
      controller.abort(new CancelledFailure('TIMED_OUT'));
      throw controller.signal.reason;
    });
    await run(worker, start(), controller.signal);
    expect(lines()[1]).toEqual(['DEBUG', 'Nexus handler invocation completed as cancelled']);
  });

  it.each<[string, Error, object]>([
    [
      'a non-retryable failure',
      ApplicationFailure.nonRetryable('never'),
      { type: 'INTERNAL', retryBehavior: 'NON_RETRYABLE' },
    ],
    [
      'an activity that is there already',
      new ActivityExecutionAlreadyStartedError('Activity execution already started', 'a', 'r'),
      { type: 'INTERNAL', retryBehavior: 'NON_RETRYABLE' },
    ],
    ['any other error', new Error('of any kind'), { type: 'INTERNAL' }],
  ])('NXS-4: says by its error whether to try again: %s', async (_name, error, nexusHandlerFailureInfo) => {
    const { worker } = workerOf(() => Promise.reject(error));
    const outcome = await run(worker);
    expect(outcome).toMatchObject({ kind: 'handlerFailed', failure: { nexusHandlerFailureInfo } });
  });

  it('knows no client outside of a request', () => {
    expect(() => getClient()).toThrow(new ReferenceError('Not in a Nexus handler context'));
  });
});

describe('a Nexus request', () => {
  it.each<[string, object, string, string]>([
    [
      'for another service',
      start({ service: 'other' }),
      'NOT_FOUND',
      "No service handler registered for service name 'other'",
    ],
    [
      'without a token to cancel by',
      { cancelOperation: { service: 'shop', operation: 'act' } },
      'BAD_REQUEST',
      'Request missing Operation token',
    ],
    ['of another kind', {}, 'NOT_IMPLEMENTED', 'Request method not implemented'],
    [
      'whose input cannot be read',
      start({ payload: { metadata: json(0).metadata, data: new TextEncoder().encode('{') } }),
      'BAD_REQUEST',
      'Payload converter failed to decode Nexus operation input',
    ],
  ])('is refused: %s', async (_name, request, type, message) => {
    const { worker } = workerOf(async () => 'out');
    expect(await run(worker, request)).toMatchObject({
      kind: 'handlerFailed',
      failure: { message, nexusHandlerFailureInfo: { type } },
    });
  });

  it.each<[string, Error, string, string]>([
    [
      'may be made again when the codec is down',
      new Error('no keys'),
      'INTERNAL',
      'Payload codec failed to decode Nexus operation input',
    ],
    [
      'is wrong in itself when the codec says so',
      ApplicationFailure.nonRetryable('not ours', 'PayloadValidationError'),
      'BAD_REQUEST',
      'Invalid operation input',
    ],
  ])('%s', async (_name, error, type, message) => {
    const codec = { decode: () => Promise.reject(error), encode: async (payloads: never[]) => payloads };
    const { worker } = workerOf(async () => 'out', codec);
    expect(await run(worker)).toMatchObject({ failure: { message, nexusHandlerFailureInfo: { type } } });
  });
});
