/** The rules of namespaces (NS-1, NS-2), without storage: a request and what is there give what will be there. */
import type { Result, StatusCode } from '../../engine/api.ts';
import { isBuiltInAttribute } from '../../engine/search-attributes.ts';
import type { RegisterNamespaceRequest, UpdateNamespaceRequest } from '../../sdk/common/wire/requests.ts';
import { SHARDS_DEFAULT } from '../visibility/visibility-shards.ts';
import type {
  NamespaceRecord,
  NamespaceSettings,
  Placement,
  SearchAttributeChange,
} from './namespace-api.ts';
import { limitsProblem, newLimits } from './namespace-limits.ts';

export const DEFAULT_NAMESPACE = 'default';
const HOUR_MS = 3_600_000;
const RETENTION_DEFAULT_MS = 72 * HOUR_MS;
const RETENTION_MIN_MS = HOUR_MS;
const NAME_BYTES_MAX = 1000;
const ATTRIBUTES_MAX = 100;
const ATTRIBUTE_NAME_BYTES_MAX = 255;
/** A record is one stored value and travels in every list. */
const RECORD_BYTES_MAX = 131_072;

/** The namespace that exists from the start. */
export function defaultNamespace(id: string, now: number): NamespaceRecord {
  return { ...emptyRecord(DEFAULT_NAMESPACE, id, now), retentionMs: RETENTION_DEFAULT_MS };
}

export function registerNamespace(
  existing: NamespaceRecord | undefined,
  request: RegisterNamespaceRequest,
  { id, now, replacesDeleted = false }: { id: string; now: number; replacesDeleted?: boolean | undefined },
): Result<NamespaceRecord> {
  const { namespace: name, workflowExecutionRetentionPeriod: retentionMs } = request;
  // The same registration, tried again because its answer was lost.
  if (existing?.id === id) return { ok: true, value: existing };
  if (existing && !(existing.state === 'DELETED' && replacesDeleted)) {
    return refuse('ALREADY_EXISTS', 'Namespace already exists.', [{ type: 'NamespaceAlreadyExistsFailure' }]);
  }
  if (byteLength(name) > NAME_BYTES_MAX) {
    return refuse('INVALID_ARGUMENT', `namespace: length exceeds the limit of ${NAME_BYTES_MAX} bytes`);
  }
  if (name === '.' || name === '..') {
    return refuse('INVALID_ARGUMENT', `namespace: '${name}' cannot stand in a URL; choose another name`);
  }
  if (request.isGlobalNamespace) {
    return refuse(
      'INVALID_ARGUMENT',
      'isGlobalNamespace: there is one cluster, and namespaces are local to it',
    );
  }
  if (retentionMs === undefined) {
    return refuse('INVALID_ARGUMENT', 'workflowExecutionRetentionPeriod: required, but not set');
  }
  const retention = checkRetention('workflowExecutionRetentionPeriod', retentionMs);
  if (retention) return retention;
  const { limits = {}, historyArchivalState } = request;
  const problem = limitsProblem(limits) ?? placementProblem(request);
  if (problem !== undefined) return refuse('INVALID_ARGUMENT', problem);
  const placement = placementOf(request);
  if (existing && JSON.stringify(existing.placement) !== JSON.stringify(placement))
    return refuse('INVALID_ARGUMENT', keptPlacement(existing));
  const set = newLimits(undefined, limits);
  return bounded({
    ...emptyRecord(name, id, now),
    ...(placement && { placement }),
    ...(set && { limits: set }),
    ...(historyArchivalState === 'ENABLED' && { isArchived: true }),
    description: request.description ?? '',
    ownerEmail: request.ownerEmail ?? '',
    data: request.data ?? {},
    retentionMs,
  });
}

export function updateNamespace(
  record: NamespaceRecord,
  { updateInfo = {}, config }: UpdateNamespaceRequest,
): Result<NamespaceRecord> {
  const retentionMs = config?.workflowExecutionRetentionTtl;
  const retention =
    retentionMs === undefined
      ? undefined
      : checkRetention('config.workflowExecutionRetentionTtl', retentionMs);
  if (retention) return retention;
  if (updateInfo.state === 'DELETED')
    return refuse('INVALID_ARGUMENT', 'updateInfo.state: a namespace is deleted by a call of its own');
  const problem = limitsProblem(config?.limits ?? {}) ?? fixedProblem(record, config ?? {});
  if (problem !== undefined) return refuse('INVALID_ARGUMENT', `config.${problem}`);
  const { limits: before, isArchived, ...kept } = record;
  const limits = newLimits(before, config?.limits);
  const archival = config?.historyArchivalState;
  return bounded({
    ...kept,
    ...(limits && { limits }),
    ...((archival === undefined ? isArchived : archival === 'ENABLED') && { isArchived: true }),
    description: updateInfo.description || record.description,
    ownerEmail: updateInfo.ownerEmail || record.ownerEmail,
    data: { ...record.data, ...updateInfo.data },
    state: updateInfo.state ?? record.state,
    retentionMs: retentionMs ?? record.retentionMs,
  });
}

export function changeSettings(
  record: NamespaceRecord,
  { visibilityShards, isDeleted }: NamespaceSettings,
): Result<NamespaceRecord> {
  if (isDeleted) return bounded({ ...record, state: 'DELETED' });
  if (visibilityShards === undefined) return bounded(record);
  const before = record.visibilityShards ?? SHARDS_DEFAULT;
  // The same number again says that the move is over.
  const visibilityShardChanges = (record.visibilityShardChanges ?? 0) + 1;
  return bounded({ ...record, visibilityShards, visibilityShardsBefore: before, visibilityShardChanges });
}

/** SA-6. Registering again what is registered with the same type changes nothing. */
export function changeSearchAttributes(
  record: NamespaceRecord,
  { add = {}, remove = [] }: SearchAttributeChange,
): Result<NamespaceRecord> {
  const attributes = new Map(Object.entries(record.customSearchAttributes));
  for (const name of remove) {
    if (!attributes.delete(name)) return refuse('NOT_FOUND', `Search attribute ${name} doesn't exist.`);
  }
  for (const [name, type] of Object.entries(add)) {
    const existing = attributes.get(name);
    if (isBuiltInAttribute(name))
      return refuse('INVALID_ARGUMENT', `Search attribute ${name} is reserved by system.`);
    if (name === '' || byteLength(name) > ATTRIBUTE_NAME_BYTES_MAX)
      return refuse('INVALID_ARGUMENT', `Search attribute ${name}: expected 1 to 255 bytes`);
    if (existing !== undefined && existing !== type)
      return refuse('ALREADY_EXISTS', `Search attribute ${name} already exists with type ${existing}.`);
    attributes.set(name, type);
  }
  if (attributes.size > ATTRIBUTES_MAX) {
    const found = `${attributes.size} search attributes exceed the limit of ${ATTRIBUTES_MAX}`;
    return refuse('INVALID_ARGUMENT', `namespace '${record.name}': ${found}`);
  }
  return bounded({ ...record, customSearchAttributes: Object.fromEntries(attributes) });
}

function emptyRecord(name: string, id: string, createdTime: number): NamespaceRecord {
  return {
    id,
    name,
    state: 'REGISTERED',
    description: '',
    ownerEmail: '',
    data: {},
    retentionMs: RETENTION_MIN_MS,
    createdTime,
    customSearchAttributes: {},
  };
}

const JURISDICTIONS: readonly string[] = ['eu', 'us', 'fedramp'] satisfies Placement['jurisdiction'][];
/** Cloudflare's hints. */
const LOCATION_HINTS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'];

interface WirePlacement {
  jurisdiction?: string;
  locationHint?: string;
}

function placementProblem({ jurisdiction = '', locationHint = '' }: WirePlacement): string | undefined {
  if (jurisdiction && locationHint) return 'jurisdiction, locationHint: expected one of them at most';
  if (jurisdiction && !JURISDICTIONS.includes(jurisdiction))
    return `jurisdiction: expected one of ${JURISDICTIONS.join(', ')}, got ${JSON.stringify(jurisdiction)}`;
  if (locationHint && !LOCATION_HINTS.includes(locationHint))
    return `locationHint: expected one of ${LOCATION_HINTS.join(', ')}, got ${JSON.stringify(locationHint)}`;
  return undefined;
}

function placementOf({ jurisdiction = '', locationHint = '' }: WirePlacement): Placement | undefined {
  // Sound: `placementProblem` has looked at it.
  if (jurisdiction) return { jurisdiction: jurisdiction as NonNullable<Placement['jurisdiction']> };
  return locationHint ? { locationHint } : undefined;
}

/** A name leads to where it led before. */
function keptPlacement({ name, placement = {} }: NamespaceRecord): string {
  const place = placement.jurisdiction ?? placement.locationHint ?? 'none';
  return `jurisdiction, locationHint: a namespace ${name} was there before, and the name keeps its place (${place}); choose another name`;
}

/** A description that is sent back as it came is no change. */
function fixedProblem({ placement = {} }: NamespaceRecord, given: WirePlacement): string | undefined {
  for (const name of ['jurisdiction', 'locationHint'] as const)
    if (given[name] && given[name] !== placement[name])
      return `${name}: fixed when the namespace was registered, ${placement[name] ? `as ${placement[name]}` : 'without one'}; register another namespace`;
  return undefined;
}

function checkRetention(field: string, ms: number): Result<never> | undefined {
  if (ms >= RETENTION_MIN_MS) return undefined;
  return refuse(
    'INVALID_ARGUMENT',
    `${field}: expected at least ${RETENTION_MIN_MS / 1000}s, got ${ms / 1000}s`,
  );
}

function bounded(record: NamespaceRecord): Result<NamespaceRecord> {
  const bytes = byteLength(JSON.stringify(record));
  if (bytes <= RECORD_BYTES_MAX) return { ok: true, value: record };
  const limit = `${bytes} bytes exceed the limit of ${RECORD_BYTES_MAX}`;
  return refuse('INVALID_ARGUMENT', `namespace '${record.name}': its record of ${limit}`);
}

const byteLength = (text: string): number => new TextEncoder().encode(text).length;

export function refuse(code: StatusCode, message: string, details?: { type: string }[]): Result<never> {
  return { ok: false, error: { code, message, ...(details ? { details } : {}) } };
}
