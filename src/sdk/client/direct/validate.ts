/**
 * What every request must satisfy before an object is asked, whoever sends it: sizes of IDs and payloads, durations, and the
 * few rules between fields that need no state. Errors name the field.
 */

import type { Link } from '../../common/wire/links.ts';
import type {
  Payload,
  Payloads,
  UserMetadata,
  WireRetryPolicy,
  WireSearchAttributes,
} from '../../common/wire/messages.ts';
import type { AnyField, FieldMap, MessageField } from '../../common/wire/schema.ts';
import { invalidArgument } from '../rpc-error.ts';

export const ID_BYTES_MAX = 1000;
/** Of a payload, unless the server's settings say otherwise. */
export const BLOB_BYTES_MAX = 2 * 1024 * 1024;
const YEAR_MS = 365.25 * 24 * 3_600_000;
const DURATION_MAX_MS = 250 * YEAR_MS;

/** Strings that name something, wherever in a request they stand. */
const ID_FIELDS: ReadonlySet<string> = new Set([
  'namespace',
  'workflowId',
  'runId',
  'firstExecutionRunId',
  'requestId',
  'name',
  'signalName',
  'queryType',
  'updateId',
  'activityId',
  'operationId',
  'scheduleId',
  'endpoint',
  'service',
  'operation',
  'identity',
  'cronSchedule',
]);

const encoder = new TextEncoder();

export const LINKS_MAX = 10;
const LINK_BYTES_MAX = 4_000;

export function checkLinks(links: readonly Link[] = [], field = 'links'): void {
  if (links.length > LINKS_MAX)
    throw invalidArgument(`${field}: a request can have ${LINKS_MAX} links at most, got ${links.length}`);
  for (const [index, link] of links.entries())
    if (encoder.encode(JSON.stringify(link)).byteLength > LINK_BYTES_MAX)
      throw invalidArgument(`${field}[${index}]: exceeds ${LINK_BYTES_MAX} bytes`);
}

/** Throws INVALID_ARGUMENT. Durations beyond 250 years are cut to that, as callers use them to say "never". */
export function checkRequest(
  schema: MessageField<FieldMap>,
  request: object,
  blobBytesMax: number = BLOB_BYTES_MAX,
): void {
  checkMessage(schema, request as Record<string, unknown>, { path: '', blobBytesMax });
}

/** What is being looked at. */
interface Place {
  path: string;
  blobBytesMax: number;
}

const within = (place: Place, path: string): Place => ({ ...place, path });

function checkMessage(schema: MessageField<FieldMap>, value: Record<string, unknown>, place: Place): void {
  for (const [name, field] of Object.entries(schema.fields)) {
    const member = value[name];
    if (member === undefined) continue;
    const at = within(place, place.path === '' ? name : `${place.path}.${name}`);
    if (unwrap(field).kind === 'duration') value[name] = checkDuration(member as number, at.path);
    else checkField(field, name, member, at);
  }
}

function checkField(field: AnyField, name: string, value: unknown, place: Place): void {
  const inner = unwrap(field);
  switch (inner.kind) {
    case 'string':
      if (ID_FIELDS.has(name)) checkId(value as string, place.path);
      return;
    case 'message':
      checkMessage(inner, value as Record<string, unknown>, place);
      return;
    case 'payload':
      checkBlob(payloadBytes(value as Payload), place);
      return;
    case 'payloads':
      checkBlob(payloadsBytes(value as Payloads), place);
      return;
    case 'map':
      checkMap(inner.element, value as Record<string, unknown>, place);
      return;
    case 'list':
      for (const [index, item] of (value as unknown[]).entries()) {
        checkField(inner.element, '', item, within(place, `${place.path}[${index}]`));
      }
      return;
    case 'lazy':
      checkField(inner.target(), name, value, place);
      return;
    default:
      return;
  }
}

function unwrap(field: AnyField): AnyField {
  // `required()` takes nothing but fields.
  return field.kind === 'required' ? (field.field as AnyField) : field;
}

export function checkId(value: string, path: string, bytesMax = ID_BYTES_MAX): void {
  const bytes = encoder.encode(value).length;
  if (bytes > bytesMax)
    throw invalidArgument(`${path}: length of ${bytes} bytes exceeds the limit of ${bytesMax}`);
  if (!isWellFormed(value)) throw invalidArgument(`${path}: expected Unicode text, got a lone surrogate`);
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

function checkDuration(ms: number, path: string): number {
  if (ms < 0) throw invalidArgument(`${path}: expected a duration of 0 or more, got ${ms / 1000}s`);
  return Math.min(ms, DURATION_MAX_MS);
}

/** Memo, headers and the like count as one blob. */
function checkMap(element: AnyField, value: Record<string, unknown>, place: Place): void {
  if (unwrap(element).kind !== 'payload') {
    for (const [key, item] of Object.entries(value))
      checkField(element, '', item, within(place, `${place.path}.${key}`));
    return;
  }
  let bytes = 0;
  for (const [key, payload] of Object.entries(value)) {
    bytes += encoder.encode(key).length + payloadBytes(payload as Payload);
  }
  checkBlob(bytes, place);
}

function checkBlob(bytes: number, { path, blobBytesMax }: Place): void {
  if (bytes <= blobBytesMax) return;
  throw invalidArgument(`${path}: payload of ${bytes} bytes exceeds the limit of ${blobBytesMax}`);
}

function payloadsBytes(payloads: Payloads): number {
  return (payloads.payloads ?? []).reduce((sum, payload) => sum + payloadBytes(payload), 0);
}

function payloadBytes(payload: Payload): number {
  let bytes = payload.data?.length ?? 0;
  for (const [key, value] of Object.entries(payload.metadata ?? {}))
    bytes += key.length + (value?.length ?? 0);
  return bytes;
}

/** Throws INVALID_ARGUMENT unless the field has text. Over HTTP the path sees to it; callers in this Worker may forget. */
export function requireText(value: string | undefined, field: string): string {
  if (!value) throw invalidArgument(`${field}: required, but not set`);
  return value;
}

export function checkRetryPolicy(policy: WireRetryPolicy | undefined): void {
  if (!policy) return;
  const { backoffCoefficient = 0, initialInterval = 0, maximumInterval = 0, maximumAttempts = 0 } = policy;
  if (backoffCoefficient !== 0 && !(backoffCoefficient >= 1)) {
    throw invalidArgument(`retryPolicy.backoffCoefficient: expected 1 or more, got ${backoffCoefficient}`);
  }
  if (maximumInterval !== 0 && maximumInterval < initialInterval) {
    throw invalidArgument('retryPolicy.maximumInterval: expected at least the initialInterval');
  }
  if (maximumAttempts < 0) {
    throw invalidArgument(`retryPolicy.maximumAttempts: expected 0 or more, got ${maximumAttempts}`);
  }
}

const SUMMARY_BYTES_MAX = 400;
const DETAILS_BYTES_MAX = 20_000;

export function checkUserMetadata(metadata: UserMetadata | undefined): void {
  checkBytes(metadata?.summary?.data?.length ?? 0, SUMMARY_BYTES_MAX, 'userMetadata.summary');
  checkBytes(metadata?.details?.data?.length ?? 0, DETAILS_BYTES_MAX, 'userMetadata.details');
}

const ATTRIBUTES_MAX = 100;
const ATTRIBUTE_BYTES_MAX = 2048;
const ATTRIBUTES_BYTES_MAX = 40_960;

export function checkSearchAttributes(attributes: WireSearchAttributes | undefined): void {
  const entries = Object.entries(attributes?.indexedFields ?? {});
  const path = 'searchAttributes.indexedFields';
  if (entries.length > ATTRIBUTES_MAX) {
    throw invalidArgument(`${path}: ${entries.length} attributes exceed the limit of ${ATTRIBUTES_MAX}`);
  }
  let total = 0;
  for (const [name, payload] of entries) {
    const bytes = payload.data?.length ?? 0;
    checkBytes(bytes, ATTRIBUTE_BYTES_MAX, `${path}.${name}`);
    total += bytes + encoder.encode(name).length;
  }
  checkBytes(total, ATTRIBUTES_BYTES_MAX, path);
}

function checkBytes(bytes: number, bytesMax: number, path: string): void {
  if (bytes > bytesMax) throw invalidArgument(`${path}: ${bytes} bytes exceed the limit of ${bytesMax}`);
}
