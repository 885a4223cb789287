/** Conversion and codecs together: for clients and workers, never for workflow code, since codecs are asynchronous. */

import { PayloadConverterError } from '../errors.ts';
import type { ProtoFailure } from '../failure.ts';
import type { Payload } from '../interfaces.ts';
import { withoutUndefined } from '../type-helpers.ts';
import type { TypeInfo } from '../type-info.ts';
import type { UserMetadata } from '../user-metadata.ts';
import type { Payloads, UserMetadata as WireUserMetadata } from '../wire/messages.ts';
import type { LoadedDataConverter } from './data-converter.ts';
import {
  isReference,
  refuseReferences,
  retrievePayloads,
  storageTarget,
  storePayloads,
} from './external-payloads.ts';
import type { PayloadCodec } from './payload-codec.ts';
import {
  arrayFromPayloads,
  convertOptionalToPayload,
  fromPayloadsAtIndex,
  toPayloadsWithContext,
  toPayloadWithTypeInfo,
} from './payload-lists.ts';
import type { SerializationContext } from './serialization-context.ts';

type Transform = (payloads: Payload[]) => Promise<Payload[]>;

/** Runs the codecs in order. */
export async function encode(
  codecs: readonly PayloadCodec[],
  payloads: Payload[],
  context?: SerializationContext,
): Promise<Payload[]> {
  let encoded = payloads;
  for (const codec of codecs) encoded = await codec.encode(encoded, context);
  return encoded;
}

/** Runs the codecs in reverse order. */
export async function decode(
  codecs: readonly PayloadCodec[],
  payloads: Payload[],
  context?: SerializationContext,
): Promise<Payload[]> {
  let decoded = payloads;
  for (const codec of codecs.toReversed()) decoded = await codec.decode(decoded, context);
  return decoded;
}

/** Codecs, then external storage. */
async function encodeAll(
  { payloadCodecs, externalStorage }: LoadedDataConverter,
  payloads: Payload[],
  context?: SerializationContext,
): Promise<Payload[]> {
  const encoded = await exceptReferences(payloads, (others) => encode(payloadCodecs, others, context));
  return externalStorage ? await storePayloads(externalStorage, encoded, storageTarget(context)) : encoded;
}

/** External storage, then codecs in reverse. Throws `ExternalStorageNotConfiguredError`. */
async function decodeAll(
  { payloadCodecs, externalStorage }: LoadedDataConverter,
  payloads: Payload[],
  context?: SerializationContext,
): Promise<Payload[]> {
  if (!externalStorage) refuseReferences(payloads);
  const target = storageTarget(context);
  const retrieved = externalStorage
    ? await retrievePayloads(externalStorage, payloads, { target })
    : payloads;
  return await decode(payloadCodecs, retrieved, context);
}

/** Runs a transformation on all payloads but references, which keep their places. */
export async function exceptReferences(payloads: Payload[], transform: Transform): Promise<Payload[]> {
  if (!payloads.some(isReference)) return await transform(payloads);
  const others = payloads.filter((payload) => !isReference(payload));
  const transformed = (others.length > 0 ? await transform(others) : []).values();
  return payloads.map((payload) => (isReference(payload) ? payload : (transformed.next().value ?? payload)));
}

async function single(transform: Transform, payload: Payload): Promise<Payload> {
  const [transformed] = await transform([payload]);
  if (transformed === undefined) throw new PayloadConverterError('A payload codec gave no payload for one');
  return transformed;
}

/** Runs the codecs on one payload. */
export async function encodeSingle(
  codecs: readonly PayloadCodec[],
  payload: Payload,
  context?: SerializationContext,
): Promise<Payload> {
  return await single((payloads) => encode(codecs, payloads, context), payload);
}

/** Runs the codecs in reverse on one payload, if there is one. */
export async function decodeOptionalSingle(
  codecs: readonly PayloadCodec[],
  payload: Payload | null | undefined,
  context?: SerializationContext,
): Promise<Payload | null | undefined> {
  if (payload === null || payload === undefined) return payload;
  return await single((payloads) => decode(codecs, payloads, context), payload);
}

/** One payload as the codecs, and the storage elsewhere, had it. */
export async function decodePayload(
  converter: LoadedDataConverter,
  payload: Payload,
  context?: SerializationContext,
): Promise<Payload> {
  return await single((payloads) => decodeAll(converter, payloads, context), payload);
}

/** The value of one payload, if there is one. */
export async function decodeOptionalSinglePayload<T>(
  dataConverter: LoadedDataConverter,
  payload?: Payload | null | undefined,
  context?: SerializationContext,
): Promise<T | null | undefined> {
  if (payload === null || payload === undefined) return payload;
  const decoded = await decodePayload(dataConverter, payload, context);
  return dataConverter.payloadConverter.fromPayload<T>(decoded, context);
}

/** The payload of one value. */
export async function encodeToPayload<T>(
  converter: LoadedDataConverter,
  value: T,
  context?: SerializationContext,
  typeInfo?: TypeInfo<T, unknown>,
): Promise<Payload> {
  const payload = toPayloadWithTypeInfo(converter.payloadConverter, value, context, typeInfo);
  return await single((payloads) => encodeAll(converter, payloads, context), payload);
}

/** The values of a list of payloads; a missing list has none. */
export async function decodeArrayFromPayloads(
  converter: LoadedDataConverter,
  payloads?: Payload[] | null,
  context?: SerializationContext,
  typeInfo?: readonly TypeInfo[],
): Promise<unknown[]> {
  const decoded = payloads && (await decodeAll(converter, payloads, context));
  return arrayFromPayloads(converter.payloadConverter, decoded, context, typeInfo);
}

/** The value at an index of a list of payloads; undefined where there is none. */
export async function decodeFromPayloadsAtIndex<T, D = T>(
  converter: LoadedDataConverter,
  index: number,
  payloads?: Payload[] | null,
  context?: SerializationContext,
  typeInfo?: TypeInfo<T, D>,
): Promise<T> {
  const decoded = payloads && (await decodeAll(converter, payloads, context));
  return fromPayloadsAtIndex<T, D>(converter.payloadConverter, index, decoded, context, typeInfo);
}

/** The payloads of values; undefined for no values. */
export async function encodeToPayloads(
  converter: LoadedDataConverter,
  ...values: unknown[]
): Promise<Payload[] | undefined> {
  return await encodeToPayloadsWithContext(converter, undefined, values);
}

export async function encodeToPayloadsWithContext(
  converter: LoadedDataConverter,
  context: SerializationContext | undefined,
  values: readonly unknown[],
  typeInfo?: readonly TypeInfo[],
): Promise<Payload[] | undefined> {
  const payloads = toPayloadsWithContext(converter.payloadConverter, context, values, typeInfo);
  return payloads && (await encodeAll(converter, payloads, context));
}

async function mapValues<K extends string, V, R>(
  map: Record<K, V>,
  change: (value: V) => Promise<R>,
): Promise<Record<K, R>> {
  const entries = Object.entries<V>(map).map(async ([key, value]) => [key, await change(value)] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<K, R>;
}

/** The values of a record of payloads; undefined for no record. */
export async function decodeMapFromPayloads<K extends string>(
  converter: LoadedDataConverter,
  map: Record<K, Payload> | null | undefined,
  context?: SerializationContext,
): Promise<Record<K, unknown> | undefined> {
  if (!map) return undefined;
  return await mapValues(map, async (payload) => {
    const decoded = await single((payloads) => decodeAll(converter, payloads, context), payload);
    return converter.payloadConverter.fromPayload<unknown>(decoded, context);
  });
}

/** The payloads of a record of values. */
export async function encodeMapToPayloads<K extends string>(
  converter: LoadedDataConverter,
  map: Record<K, unknown>,
  context?: SerializationContext,
): Promise<Record<K, Payload>> {
  return await mapValues(map, (value) => encodeToPayload(converter, value, context));
}

/** The failure of an error, encoded. */
export async function encodeErrorToFailure(
  dataConverter: LoadedDataConverter,
  error: unknown,
  context?: SerializationContext,
): Promise<ProtoFailure> {
  const failure = dataConverter.failureConverter.errorToFailure(
    error,
    dataConverter.payloadConverter,
    context,
  );
  return await transformFailure(failure, (payloads) => encodeAll(dataConverter, payloads, context));
}

/** The error of a failure, if there is one. */
export async function decodeOptionalFailureToOptionalError(
  converter: LoadedDataConverter,
  failure: ProtoFailure | undefined | null,
  context?: SerializationContext,
): Promise<Error | undefined> {
  if (!failure) return undefined;
  const decoded = await transformFailure(failure, (payloads) => decodeAll(converter, payloads, context));
  return converter.failureConverter.failureToError(
    withUnsetTypes(decoded),
    converter.payloadConverter,
    context,
  );
}

/** What clients decode has the `type` undefined where the record has none, as in Temporal; in workflow code it is empty. */
function withUnsetTypes(failure: ProtoFailure): ProtoFailure {
  const { applicationFailureInfo: info, cause } = failure;
  return {
    ...failure,
    ...(info && { applicationFailureInfo: { type: undefined, ...info } as typeof info }),
    ...(cause && { cause: withUnsetTypes(cause) }),
  };
}

/** The failure with codecs run on everything in it that is a payload. */
export async function encodeFailure(
  codecs: readonly PayloadCodec[],
  failure: ProtoFailure,
  context?: SerializationContext,
): Promise<ProtoFailure> {
  return await transformFailure(failure, (payloads) => encode(codecs, payloads, context));
}

/** The reverse of `encodeFailure`. */
export async function decodeFailure(
  codecs: readonly PayloadCodec[],
  failure: ProtoFailure,
  context?: SerializationContext,
): Promise<ProtoFailure> {
  return await transformFailure(failure, (payloads) => decode(codecs, payloads, context));
}

/** An info member with the payloads under `key` transformed. */
async function transformIn<K extends string, I extends { [P in K]?: Payloads }>(
  info: I | undefined,
  key: K,
  transform: Transform,
): Promise<I | undefined> {
  const payloads = info?.[key];
  if (!info || !payloads) return info;
  return { ...info, [key]: { payloads: await transform(payloads.payloads ?? []) } };
}

async function transformFailure(failure: ProtoFailure, transform: Transform): Promise<ProtoFailure> {
  const { encodedAttributes, cause } = failure;
  return withoutUndefined({
    ...failure,
    encodedAttributes: encodedAttributes && (await single(transform, encodedAttributes)),
    cause: cause && (await transformFailure(cause, transform)),
    applicationFailureInfo: await transformIn(failure.applicationFailureInfo, 'details', transform),
    timeoutFailureInfo: await transformIn(failure.timeoutFailureInfo, 'lastHeartbeatDetails', transform),
    canceledFailureInfo: await transformIn(failure.canceledFailureInfo, 'details', transform),
    resetWorkflowFailureInfo: await transformIn(
      failure.resetWorkflowFailureInfo,
      'lastHeartbeatDetails',
      transform,
    ),
  });
}

/** Summary and details as payloads, encoded; undefined when there are none. */
export async function encodeUserMetadata(
  dataConverter: LoadedDataConverter,
  staticSummary: string | undefined,
  staticDetails: string | undefined,
  context?: SerializationContext,
): Promise<WireUserMetadata | undefined> {
  const encodeText = async (text: string | undefined): Promise<Payload | undefined> => {
    const payload = convertOptionalToPayload(dataConverter.payloadConverter, text, context) ?? undefined;
    return payload && (await single((payloads) => encodeAll(dataConverter, payloads, context), payload));
  };
  const [summary, details] = [await encodeText(staticSummary), await encodeText(staticDetails)];
  return summary || details ? withoutUndefined({ summary, details }) : undefined;
}

export async function decodeUserMetadata(
  dataConverter: LoadedDataConverter,
  metadata: WireUserMetadata | undefined | null,
  context?: SerializationContext,
): Promise<UserMetadata> {
  const text = async (payload: Payload | undefined) =>
    (await decodeOptionalSinglePayload<string>(dataConverter, payload, context)) ?? undefined;
  return { staticSummary: await text(metadata?.summary), staticDetails: await text(metadata?.details) };
}
