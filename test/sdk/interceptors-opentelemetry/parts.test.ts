/** The parts by themselves: what goes out of workflow code and comes in on the host, contexts, and calls in spans. */
import {
  context,
  createContextKey,
  createTraceState,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { ApplicationFailure, defaultPayloadConverter } from 'perdure/common';
import { makeWorkflowExporter } from 'perdure/interceptors-opentelemetry';
import {
  extractContextFromHeaders,
  extractContextFromNexusHeaders,
  headersWithContext,
  instrument,
  instrumentSync,
  nexusHeadersWithContext,
  TRACE_HEADER,
} from 'perdure/interceptors-opentelemetry/lib/instrumentation';
import { ContextManager } from 'perdure/interceptors-opentelemetry/lib/workflow/context-manager';
import { SpanExporter } from 'perdure/interceptors-opentelemetry/lib/workflow/span-exporter';
import type { InjectedSinkFunction } from 'perdure/worker';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exported, registerTracing, resource, spanNamed } from './spans.ts';

type WorkflowInfo = Parameters<InjectedSinkFunction<() => void>['fn']>[0];

beforeAll(registerTracing);
beforeEach(() => exported.reset());

const tracer = () => trace.getTracer('tests');
const info = { workflowId: 'w', runId: 'r' } as WorkflowInfo;

function endedSpan(): ReadableSpan {
  const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
  const linked = { ...parent, spanId: 'c'.repeat(16), traceState: createTraceState('link=1') };
  const below = trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceState: createTraceState('own=1') });
  const span = new BasicTracerProvider()
    .getTracer('made')
    .startSpan('made', { links: [{ context: linked }] }, below);
  span.end();
  return span as Span & ReadableSpan;
}

/** What a processor on the host gets of a span that ended in workflow code. */
function throughSink(span: ReadableSpan): ReadableSpan {
  const ended: ReadableSpan[] = [];
  const [serialized] = structuredClone([new SpanExporter().makeSerializable(span)]);
  if (serialized === undefined) throw new Error('Expected a span');
  const nothing = async () => undefined;
  const processor = {
    onStart: () => undefined,
    onEnd: (each: ReadableSpan) => ended.push(each),
    forceFlush: nothing,
    shutdown: nothing,
  };
  makeWorkflowExporter(processor, resource).export.fn(info, [serialized]);
  const [got] = ended;
  if (got === undefined) throw new Error('Expected a span to end');
  return got;
}

describe('a span out of workflow code', () => {
  it('has its trace states again, and what SDK 2 reads', () => {
    const span = throughSink(endedSpan());
    expect(span.spanContext().traceState?.serialize()).toBe('own=1');
    expect(span.links[0]?.context.traceState?.serialize()).toBe('link=1');
    expect(span.attributes).toMatchObject({ workflowId: 'w', runId: 'r' });
    expect(span.resource).toBe(resource);
    expect(span).toMatchObject({
      parentSpanId: 'b'.repeat(16),
      parentSpanContext: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
      instrumentationLibrary: { name: 'made' },
      instrumentationScope: { name: 'made' },
    });
  });

  it('made by SDK 2 reads the same', () => {
    const { parentSpanId, instrumentationLibrary, ...members } = { ...endedSpan() };
    const made = endedSpan();
    const ofSdk2 = Object.assign(members, {
      spanContext: () => made.spanContext(),
      status: made.status,
      duration: made.duration,
      ended: true,
      parentSpanContext: { traceId: 'a'.repeat(32), spanId: parentSpanId, traceFlags: 1 },
      instrumentationScope: instrumentationLibrary,
    });
    const span = throughSink(ofSdk2 as unknown as ReadableSpan);
    expect([span.parentSpanId, span.instrumentationLibrary.name]).toEqual(['b'.repeat(16), 'made']);
  });

  it('goes to an exporter too, whatever that answers', () => {
    const spans = [new SpanExporter().makeSerializable(endedSpan())];
    makeWorkflowExporter(exported, resource).export.fn(info, spans);
    expect(spanNamed('made').attributes).toMatchObject({ workflowId: 'w' });
  });
});

describe('contexts of a run', () => {
  const key = createContextKey('key');
  const one = ROOT_CONTEXT.setValue(key, 1);

  it('follow its asynchronous calls, and are seen by no other run', async () => {
    const [mine, others] = [new ContextManager(), new ContextManager()];
    await mine.with(one, async () => {
      await Promise.resolve();
      expect([mine.active(), others.active()]).toEqual([one, ROOT_CONTEXT]);
      expect(mine.with(one.setValue(key, 2), () => mine.active().getValue(key))).toBe(2);
      expect(mine.active()).toBe(one);
    });
    expect(mine.active()).toBe(ROOT_CONTEXT);
  });

  it('are bound to functions, with their this, arguments and length', () => {
    const manager = new ContextManager();
    const target = {
      name: 'target',
      call(greeting: string, mark: string) {
        return [greeting, this.name, mark, manager.active().getValue(key)];
      },
    };
    const bound = manager.bind(one, target.call);
    expect(bound.call(target, 'hi', '!')).toEqual(['hi', 'target', '!', 1]);
    expect(bound).toHaveLength(2);
    expect(() => manager.bind(one, 5)).toThrow(
      new TypeError('Only function binding is supported, got number'),
    );
    expect(manager.with(one, (...all: number[]) => all.length, undefined, 1, 2)).toBe(2);
  });

  it('end with it', () => {
    const manager = new ContextManager();
    manager.with(one, () => expect(manager.disable().active()).toBe(ROOT_CONTEXT));
    manager.with(one, () => expect(manager.enable().active()).toBe(one));
  });
});

describe('headers', () => {
  it('carry the active context, and none where there is none', () => {
    expect(extractContextFromHeaders({})).toBeUndefined();
    expect(extractContextFromNexusHeaders({})).toBeUndefined();
    tracer().startActiveSpan('sender', (span) => {
      const { traceId, spanId } = span.spanContext();
      const other = defaultPayloadConverter.toPayload('other');
      const headers = headersWithContext({ other });
      const traceparent = `00-${traceId}-${spanId}-01`;
      expect(headers.other).toBe(other);
      expect(defaultPayloadConverter.fromPayload(headers[TRACE_HEADER] ?? {})).toEqual({ traceparent });
      expect(nexusHeadersWithContext({ a: 'b' })).toEqual({ a: 'b', traceparent });
      for (const found of [
        extractContextFromHeaders(headers),
        extractContextFromNexusHeaders({ traceparent }),
      ]) {
        expect(trace.getSpanContext(found ?? ROOT_CONTEXT)).toMatchObject({
          traceId,
          spanId,
          isRemote: true,
        });
      }
      span.end();
    });
  });
});

describe('a call in a span', () => {
  const outcomeOf = (name: string) => {
    const { status, events } = spanNamed(name);
    return [SpanStatusCode[status.code], status.message, events.length];
  };

  it('gives what the call gives, with the span as the active one', async () => {
    const spanName = 'good';
    const fn = async (span: Span) => trace.getSpan(context.active()) === span;
    expect(await instrument({ tracer: tracer(), spanName, fn })).toBe(true);
    expect(outcomeOf('good')).toEqual(['OK', undefined, 0]);
  });

  it.each([
    ['an error', new Error('bad'), ['ERROR', 'bad', 1]],
    ['a text', 'bad', ['ERROR', 'bad', 1]],
    ['nothing', undefined, ['ERROR', 'undefined', 0]],
    [
      'a benign failure',
      ApplicationFailure.create({ message: 'bad', category: 'BENIGN' }),
      ['UNSET', 'bad', 1],
    ],
  ])('throws what it throws, synchronous or not: %s', async (_, thrown, expected) => {
    const refuse = () => {
      throw thrown;
    };
    const options = { tracer: tracer(), context: ROOT_CONTEXT };
    await expect(
      instrument({ ...options, spanName: 'later', fn: async () => refuse() }).catch((error) => [error]),
    ).resolves.toEqual([thrown]);
    let caught: unknown = 'nothing caught';
    try {
      instrumentSync({ ...options, spanName: 'now', fn: refuse });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
    expect([outcomeOf('later'), outcomeOf('now')]).toEqual([expected, expected]);
  });

  it('may throw what is no error', () => {
    const fn = () => {
      throw new Error('fine');
    };
    const options = { tracer: tracer(), spanName: 'fine', fn, acceptableErrors: () => true };
    expect(() => instrumentSync(options)).toThrow('fine');
    expect(outcomeOf('fine')).toEqual(['OK', undefined, 0]);
  });
});
