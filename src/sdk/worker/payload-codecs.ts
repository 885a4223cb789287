/**
 * Payload codecs around the executor: it runs workflow code without waiting, codecs may wait, so they run on everything that
 * goes in and on everything that comes out.
 *
 * P1 Every payload is encoded but those of headers and search attributes, which the server and interceptors read (CONV-6).
 * P2 Payloads that belong to one list go through a codec together.
 * P3 Of the markers that the library itself records, patches and local activities, only results and failures are encoded: the
 *    rest says what they are, to whoever replays.
 * P4 Codecs are told whose payloads they are, by the event or command that these stand in.
 */
import type { PayloadCodec } from '../common/converter/payload-codec.ts';
import type { SerializationContext } from '../common/converter/serialization-context.ts';
import type { Command } from '../common/wire/commands.ts';
import type { HistoryEvent } from '../common/wire/events.ts';
import type { Payload } from '../common/wire/messages.ts';
import type { PayloadContexts } from './payload-contexts.ts';

const PLAIN_MEMBERS: ReadonlySet<string> = new Set(['header', 'searchAttributes']);

type Transform = (payloads: Payload[], context: SerializationContext) => Promise<Payload[]>;

/** A copy of `message` with every payload in it encoded; the message itself when there are no codecs. */
export function encodePayloadsIn<T>(
  codecs: readonly PayloadCodec[],
  contexts: PayloadContexts,
  message: T,
): Promise<T> {
  return transformIn(message, codecs, contexts, async (payloads, context) => {
    let encoded = payloads;
    for (const codec of codecs) encoded = await codec.encode(encoded, context);
    return encoded;
  });
}

/** The reverse of {@link encodePayloadsIn}. */
export function decodePayloadsIn<T>(
  codecs: readonly PayloadCodec[],
  contexts: PayloadContexts,
  message: T,
): Promise<T> {
  return transformIn(message, codecs, contexts, async (payloads, context) => {
    let decoded = payloads;
    for (const codec of codecs.toReversed()) decoded = await codec.decode(decoded, context);
    return decoded;
  });
}

async function transformIn<T>(
  message: T,
  codecs: readonly PayloadCodec[],
  contexts: PayloadContexts,
  transform: Transform,
): Promise<T> {
  if (codecs.length === 0) return message;
  const transformed = await transformValue(message, { contexts, context: contexts.workflow, transform });
  // Sound: the copy has the members of the message, payloads in the place of payloads.
  return transformed as T;
}

interface Visit {
  readonly contexts: PayloadContexts;
  readonly context: SerializationContext;
  readonly transform: Transform;
}

async function transformValue(value: unknown, visit: Visit): Promise<unknown> {
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every(isPayload)) return await visit.transform(value, visit.context);
    return await Promise.all(value.map((item) => transformValue(item, visit)));
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (isPayload(value)) return (await visit.transform([value], visit.context))[0];
  if (isOwnMarker(value)) return transformOwnMarker(value, visit);
  const within = isEventOrCommand(value) ? { ...visit, context: visit.contexts.of(value) } : visit;
  const members = Object.entries(value).map(
    async ([name, member]) =>
      [name, PLAIN_MEMBERS.has(name) ? member : await transformValue(member, within)] as const,
  );
  return Object.fromEntries(await Promise.all(members));
}

/** Payloads are not looked into, so that nothing else has such members beside `attributes`. */
function isEventOrCommand(value: object): value is HistoryEvent | Command {
  return 'attributes' in value && ('eventType' in value || 'commandType' in value);
}

interface OwnMarker {
  markerName: string;
  details?: Record<string, unknown>;
  failure?: unknown;
}

function isOwnMarker(value: object): value is OwnMarker {
  return (
    'markerName' in value && typeof value.markerName === 'string' && value.markerName.startsWith('core_')
  );
}

/** P3 */
async function transformOwnMarker(marker: OwnMarker, visit: Visit): Promise<OwnMarker> {
  const { details, failure } = marker;
  return {
    ...marker,
    ...(details?.result !== undefined && {
      details: { ...details, result: await transformValue(details.result, visit) },
    }),
    ...(failure !== undefined && { failure: await transformValue(failure, visit) }),
  };
}

/** A payload is known by its metadata: names to bytes. No other message has such a member. */
function isPayload(value: unknown): value is Payload {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return false;
  const { metadata } = value;
  if (typeof metadata !== 'object' || metadata === null) return false;
  return Object.values(metadata).every((bytes) => bytes instanceof Uint8Array);
}
