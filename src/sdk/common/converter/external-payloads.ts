/**
 * Payloads kept elsewhere: stored by a driver after all codecs, retrieved before all codecs, with a reference in their place.
 *
 * X1 A reference is Temporal's message `temporal.api.sdk.v1.ExternalStorageReference` as json/protobuf: the name of the driver and
 *    its claim. The size stands in the payload's metadata.
 * X2 Codecs never see a reference: one that is passed on stays what it is.
 * X3 The first driver that fails aborts the others, and its error is the one that is thrown.
 */
import { ExternalStorageNotConfiguredError, ValueError } from '../errors.ts';
import type { Payload } from '../interfaces.ts';
import type { StorageDriverTargetInfo } from './extstore.ts';
import { type ExternalStorage, type StorageDriver, StorageDriverClaim } from './extstore.ts';
import { payloadToBytes } from './payload-bytes.ts';
import type { SerializationContext } from './serialization-context.ts';

const MESSAGE_TYPE = 'temporal.api.sdk.v1.ExternalStorageReference';
const ENCODING = 'json/protobuf';
const SIZE = 'externalSizeBytes';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface PayloadReference {
  driverName: string;
  claimData: Record<string, string>;
  /** Of the payload itself, with its metadata; 0 when not known. */
  sizeBytes: number;
}

/** Whether a payload stands for one that is kept elsewhere. */
export function isReference({ metadata }: Payload): boolean {
  const type = metadata?.messageType;
  // Asked of every payload, so the length decides first.
  if (!type || type.byteLength !== MESSAGE_TYPE.length || !metadata.encoding) return false;
  return decoder.decode(type) === MESSAGE_TYPE && decoder.decode(metadata.encoding) === ENCODING;
}

export function toReference({ driverName, claimData, sizeBytes }: PayloadReference): Payload {
  return {
    metadata: {
      encoding: encoder.encode(ENCODING),
      messageType: encoder.encode(MESSAGE_TYPE),
      [SIZE]: encoder.encode(String(sizeBytes)),
    },
    data: encoder.encode(JSON.stringify({ driverName, claimData })),
  };
}

/** Throws `ValueError` for what is no reference. */
export function readReference({ metadata, data }: Payload): PayloadReference {
  const { driverName, claimData } = parse(data);
  if (typeof driverName !== 'string' || driverName === '') {
    throw new ValueError("Reference payload field 'driverName' must be a non-empty string");
  }
  const size = Number(metadata?.[SIZE] ? decoder.decode(metadata[SIZE]) : 0);
  return { driverName, claimData: textsOf(claimData), sizeBytes: Number.isSafeInteger(size) ? size : 0 };
}

function parse(data: Uint8Array | null | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(decoder.decode(data ?? new Uint8Array()));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    throw new ValueError('A reference payload cannot be read: expected JSON', error);
  }
  throw new ValueError('A reference payload cannot be read: expected a JSON object');
}

function textsOf(claimData: unknown): Record<string, string> {
  const entries = Object.entries(typeof claimData === 'object' && claimData !== null ? claimData : {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Refuses references where nothing is configured that could follow them. */
export function refuseReferences(payloads: readonly Payload[]): void {
  if (payloads.some(isReference)) throw new ExternalStorageNotConfiguredError();
}

/** The owner that a serialization context names: of an activity, the workflow that scheduled it. */
export function storageTarget(
  context: SerializationContext | undefined,
): StorageDriverTargetInfo | undefined {
  if (context === undefined) return undefined;
  const { namespace, workflowId } = context;
  if (workflowId !== undefined) return { kind: 'workflow', namespace, id: workflowId };
  if (context.type !== 'activity') return undefined;
  return { kind: 'activity', namespace, ...(context.activityId !== undefined && { id: context.activityId }) };
}

interface Item<T> {
  index: number;
  value: T;
  sizeBytes: number;
}

/** Puts what reaches the threshold into its driver. Order is kept; what stays is the same object. */
export async function storePayloads(
  storage: ExternalStorage,
  payloads: Payload[],
  target: StorageDriverTargetInfo | undefined,
  callerSignal?: AbortSignal,
): Promise<Payload[]> {
  const abort = new AbortController();
  const context = { abortSignal: eitherOf(abort, callerSignal), ...(target && { target }) };
  const groups = new Map<StorageDriver, Item<Payload>[]>();
  for (const [index, payload] of payloads.entries()) {
    if (isReference(payload)) continue;
    const sizeBytes = sizeOf(payload);
    if (sizeBytes < storage.payloadSizeThreshold) continue;
    const driver = storage.driverSelector(context, payload);
    if (driver !== null) addTo(groups, registered(storage, driver), { index, value: payload, sizeBytes });
  }
  if (groups.size === 0) return payloads;
  const stored = payloads.slice();
  await eachDriver(abort, groups, async (driver, items) => {
    const claims = await driver.store(
      context,
      items.map(({ value }) => value),
    );
    expectOneEach(driver, `${claims.length} claims for ${items.length} payloads`, claims, items);
    for (const [at, { index, sizeBytes }] of items.entries()) {
      const claimData = claims[at]?.claimData ?? {};
      stored[index] = toReference({ driverName: driver.name, claimData, sizeBytes });
    }
  });
  return stored;
}

export interface RetrieveOptions {
  target: StorageDriverTargetInfo | undefined;
  /** Whether to follow a reference; one that is not followed stays in its place. All are by default. */
  follows?: (reference: PayloadReference) => boolean;
  abortSignal?: AbortSignal | undefined;
}

/** Puts what references stand for into their places. */
export async function retrievePayloads(
  storage: ExternalStorage,
  payloads: Payload[],
  { target, follows = () => true, abortSignal }: RetrieveOptions,
): Promise<Payload[]> {
  const groups = new Map<StorageDriver, Item<StorageDriverClaim>[]>();
  for (const [index, payload] of payloads.entries()) {
    if (!isReference(payload)) continue;
    const reference = readReference(payload);
    if (!follows(reference)) continue;
    const { driverName, claimData, sizeBytes } = reference;
    const driver = storage.getDriver(driverName);
    if (driver === null) throw new ValueError(`No driver registered with name '${driverName}'`);
    addTo(groups, driver, { index, value: new StorageDriverClaim(claimData), sizeBytes });
  }
  if (groups.size === 0) return payloads;
  const retrieved = payloads.slice();
  const abort = new AbortController();
  const context = { abortSignal: eitherOf(abort, abortSignal), ...(target && { target }) };
  await eachDriver(abort, groups, async (driver, items) => {
    const found = await driver.retrieve(
      context,
      items.map(({ value }) => value),
    );
    expectOneEach(driver, `${found.length} payloads for ${items.length} claims`, found, items);
    for (const [at, { index }] of items.entries()) {
      const payload = found[at];
      if (payload !== undefined) retrieved[index] = payload;
    }
  });
  return retrieved;
}

/** The size of the message, as Temporal counts it. */
function sizeOf(payload: Payload): number {
  const data = payload.data?.byteLength ?? 0;
  // Metadata is small: the whole message is not put together only to know its length.
  return (
    payloadToBytes({ metadata: payload.metadata ?? {} }).byteLength +
    data +
    (data > 0 ? lengthPrefix(data) : 0)
  );
}

const lengthPrefix = (bytes: number): number => 1 + Math.max(1, Math.ceil(Math.log2(bytes + 1) / 7));

function registered(storage: ExternalStorage, driver: StorageDriver): StorageDriver {
  if (storage.getDriver(driver.name) === driver) return driver;
  throw new ValueError(
    `Driver '${driver.name}' returned by driverSelector is not registered in ExternalStorage.drivers`,
  );
}

function addTo<T>(groups: Map<StorageDriver, Item<T>[]>, driver: StorageDriver, item: Item<T>): void {
  const group = groups.get(driver);
  if (group === undefined) groups.set(driver, [item]);
  else group.push(item);
}

function expectOneEach(
  driver: StorageDriver,
  what: string,
  found: readonly unknown[],
  given: readonly unknown[],
): void {
  if (found.length === given.length) return;
  throw new ValueError(`Driver '${driver.name}' returned ${what}`);
}

function eitherOf({ signal }: AbortController, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? signal : AbortSignal.any([signal, other]);
}

/** X3 */
async function eachDriver<T>(
  abort: AbortController,
  groups: ReadonlyMap<StorageDriver, Item<T>[]>,
  run: (driver: StorageDriver, items: Item<T>[]) => Promise<void>,
): Promise<void> {
  let first: { reason: unknown } | undefined;
  const runs = [...groups].map(([driver, items]) =>
    run(driver, items).catch((reason: unknown) => {
      first ??= { reason };
      abort.abort(reason);
    }),
  );
  await Promise.all(runs);
  if (first !== undefined) throw (first as { reason: unknown }).reason;
}
