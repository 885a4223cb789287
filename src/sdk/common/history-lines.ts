/**
 * A history as JSON lines: the first says whose it is, each other is one event in Temporal's JSON. What exports give and archives keep.
 */
import type { HistoryEvent } from './wire/events.ts';
import { eventToJson, historyFromJson } from './wire/json.ts';

export interface HistoryHeader {
  /** Of these lines. */
  format: 1;
  namespace: string;
  workflowId: string;
  runId: string;
}

const encoder = new TextEncoder();

export const headerLine = (header: Omit<HistoryHeader, 'format'>): Uint8Array =>
  encoder.encode(`${JSON.stringify({ format: 1, ...header })}\n`);

export const eventLine = (event: HistoryEvent): Uint8Array =>
  encoder.encode(`${JSON.stringify(eventToJson(event))}\n`);

export interface EventOfLine {
  event: HistoryEvent;
  /** Of its line, nearly. */
  bytes: number;
}

/** The events of a file of lines, one at a time. Throws for what is no such file. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<EventOfLine> {
  let isFirst = true;
  for await (const line of linesOf(body)) {
    const parsed: unknown = JSON.parse(line);
    if (isFirst) assertHeader(parsed);
    else for (const event of historyFromJson({ events: [parsed] })) yield { event, bytes: line.length };
    isFirst = false;
  }
}

function assertHeader(value: unknown): void {
  const { format } = value as Partial<HistoryHeader>;
  if (format !== 1) throw new Error(`Expected a history of format 1, got ${JSON.stringify(format)}.`);
}

/** Each character is looked at once, however small the pieces are in which a long line comes. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let held: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const text = decoder.decode(value, { stream: !done });
      let from = 0;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
        yield [...held, text.slice(from, end)].join('');
        held = [];
        from = end + 1;
      }
      held.push(text.slice(from));
      if (done) break;
    }
    const last = held.join('');
    if (last !== '') yield last;
  } finally {
    await reader.cancel();
  }
}
