/** Interceptors of gRPC clients, around calls over HTTP. */
import {
  Connection,
  defaultGrpcRetryOptions,
  type GrpcInterceptor,
  isGrpcServiceError,
  isRetryableError,
  makeGrpcRetryInterceptor,
} from 'perdure/client';
import { NativeConnection, TransportError } from 'perdure/worker';
import { describe, expect, it } from 'vitest';
import type { CallListener, CallStatus, InterceptedCall } from '../../../src/sdk/client/grpc-interceptors.ts';

interface Sent {
  url: string;
  headers: Record<string, string>;
}

/** A server that gives these answers, one after another. */
function server(...answers: { status: number; body: object }[]) {
  const sent: Sent[] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    sent.push({ url, headers: init.headers as Record<string, string> });
    const { status, body } = answers[Math.min(sent.length, answers.length) - 1] ?? { status: 200, body: {} };
    return new Response(JSON.stringify(body), { status });
  };
  return { sent, fetch };
}

const unavailable = { status: 503, body: { code: 14, message: 'not now' } };
const ok = { status: 200, body: { serverVersion: '1.2.3' } };

/** Passes everything on, except what `changes` says. */
const passing =
  (changes: {
    start?: (metadata: Parameters<InterceptedCall['start']>[0], options: object) => void;
    status?: (status: CallStatus) => CallStatus;
  }): GrpcInterceptor =>
  (options: object, nextCall: (options: object) => InterceptedCall) => {
    const next = nextCall(options);
    const call: InterceptedCall = {
      start(metadata, listener: CallListener = {}) {
        changes.start?.(metadata, options);
        next.start(metadata, {
          ...listener,
          onReceiveStatus: (status) => listener.onReceiveStatus?.(changes.status?.(status) ?? status),
        });
      },
      sendMessage: (message) => next.sendMessage(message),
      sendMessageWithContext: (context, message) => next.sendMessageWithContext(context, message),
      startRead: () => next.startRead(),
      halfClose: () => next.halfClose(),
      cancelWithStatus: (status, details) => next.cancelWithStatus(status, details),
      getPeer: () => next.getPeer(),
    };
    return call;
  };

const connect = (fetch: ReturnType<typeof server>['fetch'], interceptors: GrpcInterceptor[]) =>
  Connection.lazy({ address: 'http://perdure.test', fetch, interceptors, metadata: { fixed: '1' } });

describe('interceptors of a connection', () => {
  it('see the call and its headers, in order, and change them', async () => {
    const { sent, fetch } = server(ok);
    const seen: unknown[] = [];
    const connection = connect(fetch, [
      passing({
        start(metadata, options) {
          seen.push([metadata.get('fixed'), metadata.getMap()['of-scope'], options]);
          metadata.set('Added', 'one');
          metadata.remove('fixed');
        },
      }),
      passing({ start: (metadata) => metadata.set('added', `${metadata.get('added')[0]} two`) }),
    ]);
    const reply = await connection.withMetadata({ 'of-scope': 'x' }, () =>
      connection.workflowService.getSystemInfo({}),
    );
    expect(reply.serverVersion).toBe('1.2.3');
    expect(seen).toEqual([
      [
        ['1'],
        'x',
        expect.objectContaining({
          method_definition: expect.objectContaining({
            path: '/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo',
          }),
        }),
      ],
    ]);
    expect(sent[0]?.headers).toMatchObject({ added: 'one two', 'of-scope': 'x' });
    expect(sent[0]?.headers).not.toHaveProperty('fixed');
  });

  it('see the namespace of a call, and which service it is of', async () => {
    const { sent, fetch } = server({ status: 200, body: {} });
    const seen: unknown[] = [];
    const connection = connect(fetch, [
      passing({
        start: (metadata, options) =>
          seen.push([
            metadata.get('temporal-namespace'),
            (options as { method_definition: { path: string } }).method_definition.path,
          ]),
      }),
    ]);
    const { workflowService, operatorService } = connection;
    await connection.withMetadata({ 'temporal-namespace': 'other' }, () =>
      workflowService.listSchedules({ namespace: 'mine' }),
    );
    await workflowService.getSystemInfo({});
    await operatorService.listSearchAttributes({ namespace: 'mine' });
    expect(seen).toEqual([
      [['mine'], '/temporal.api.workflowservice.v1.WorkflowService/ListSchedules'],
      [[], '/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo'],
      [[], '/temporal.api.operatorservice.v1.OperatorService/ListSearchAttributes'],
    ]);
    expect(sent[0]?.headers).toMatchObject({ 'temporal-namespace': 'mine' });
  });

  it('see the status; without one that repeats, a failed call is not repeated', async () => {
    const { sent, fetch } = server(unavailable);
    const statuses: number[] = [];
    const connection = connect(fetch, [
      passing({
        status(status) {
          statuses.push(status.code);
          return status;
        },
      }),
    ]);
    const error: unknown = await connection.workflowService.getSystemInfo({}).catch((thrown) => thrown);
    expect(isGrpcServiceError(error) && [error.code, error.details]).toEqual([14, 'not now']);
    expect([statuses, sent.length]).toEqual([[14], 1]);
  });

  it('may change how a call ends', async () => {
    const { fetch } = server(ok);
    const connection = connect(fetch, [
      passing({ status: (status) => ({ ...status, code: 7, details: 'not for you' }) }),
    ]);
    await expect(connection.workflowService.getSystemInfo({})).rejects.toMatchObject({
      code: 7,
      details: 'not for you',
    });
  });

  it('that repeat do so as their options say', async () => {
    const { sent, fetch } = server(unavailable, unavailable, ok);
    const attempts: unknown[] = [];
    const connection = connect(fetch, [
      makeGrpcRetryInterceptor({
        retryableDecider: (attempt, { code }) => {
          attempts.push([attempt, code]);
          return attempt < 5;
        },
        delayFunction: () => 1,
      }),
    ]);
    expect((await connection.workflowService.getSystemInfo({})).serverVersion).toBe('1.2.3');
    expect(attempts).toEqual([
      [1, 14],
      [2, 14],
    ]);
    expect(sent).toHaveLength(3);
  });

  it('keep deadline and abort signal', async () => {
    const fetch = (_url: string, { signal }: RequestInit) =>
      new Promise<Response>((_, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const connection = connect(fetch, [passing({})]);
    const call = () => connection.workflowService.getSystemInfo({});
    await expect(connection.withDeadline(Date.now() + 10, call)).rejects.toMatchObject({ code: 4 });
    const controller = new AbortController();
    const aborted = connection.withAbortSignal(controller.signal, call);
    setTimeout(() => controller.abort(), 1);
    await expect(aborted).rejects.toMatchObject({ code: 1, details: 'Cancelled on client' });
  });
});

describe('the defaults of repeating', () => {
  it('are those of gRPC clients', () => {
    const { retryableDecider, delayFunction } = defaultGrpcRetryOptions({ maxJitter: 0 });
    const status = (code: CallStatus['code']) => ({ code, details: '' });
    expect([1, 9, 10].map((attempt) => retryableDecider(attempt, status(14)))).toEqual([true, true, false]);
    expect(delayFunction(1, status(14))).toBeCloseTo(170);
    expect(delayFunction(1, status(8))).toBeCloseTo(1700);
    expect(delayFunction(20, status(14))).toBe(5000);
    expect([2, 8, 14, 10, 15, 11, 3, 5, 13].map((code) => isRetryableError(status(code as 2)))).toEqual([
      ...Array(6).fill(true),
      false,
      false,
      false,
    ]);
  });
});

describe('the connection of workers', () => {
  it('is refused at once where nobody listens', async () => {
    const connecting = NativeConnection.connect({ address: '127.0.0.1:1' });
    const error: unknown = await connecting.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TransportError);
    expect((error as Error).message).toMatch(/127\.0\.0\.1:1 cannot be reached: Connection refused/);
  });
});
