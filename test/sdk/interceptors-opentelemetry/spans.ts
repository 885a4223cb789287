/** OpenTelemetry's SDK as an application has it, with all spans in memory. */
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

export const exported = new InMemorySpanExporter();
export const processor = new SimpleSpanProcessor(exported);
export const resource = new Resource({ 'service.name': 'tests' });

export function registerTracing(): void {
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({ contextManager: new AsyncLocalStorageContextManager().enable() });
}

/** The exported spans as lines, each below its parent and indented, in the order in which they began. */
export function tree(): string[] {
  const since = ({ startTime: [seconds, nanos] }: ReadableSpan) => seconds * 1e9 + nanos;
  const spans = exported.getFinishedSpans().toSorted((a, b) => since(a) - since(b));
  const known = new Set(spans.map((span) => span.spanContext().spanId));
  const below = (parentId: string | undefined, depth: number): string[] =>
    spans
      .filter((span) => span.parentSpanId === parentId)
      .flatMap((span) => [
        `${'  '.repeat(depth)}${span.name}`,
        ...below(span.spanContext().spanId, depth + 1),
      ]);
  const lost = spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !known.has(parentSpanId));
  return [...below(undefined, 0), ...lost.map((span) => `below an unknown span: ${span.name}`)];
}

export function spanNamed(name: string): ReadableSpan {
  const found = exported.getFinishedSpans().filter((span) => span.name === name);
  const [span] = found;
  if (span === undefined || found.length > 1) throw new Error(`${found.length} spans are named ${name}`);
  return span;
}
