/** Search attributes: names, types and sizes (SA-1 to SA-7). */
import type {
  Payload,
  WireSearchAttributes,
  WorkflowTaskFailedCauseName,
} from '../sdk/common/wire/messages.ts';
import type { TurnContext } from './api.ts';
import { BadCommandError } from './errors.ts';
import {
  SEARCH_ATTRIBUTE_BYTES_MAX,
  SEARCH_ATTRIBUTE_KEYS_MAX,
  SEARCH_ATTRIBUTES_BYTES_MAX,
} from './limits.ts';
import type { RunState } from './run-state.ts';
import { payloadMapBytes } from './size.ts';

const SYSTEM_NAMES: ReadonlySet<string> = new Set([
  'WorkflowId',
  'RunId',
  'WorkflowType',
  'TaskQueue',
  'ExecutionStatus',
  'ParentWorkflowId',
  'ParentRunId',
  'RootWorkflowId',
  'RootRunId',
  'StartTime',
  'ExecutionTime',
  'CloseTime',
  'HistoryLength',
  'HistorySizeBytes',
  'StateTransitionCount',
  'ExecutionDuration',
]);

/** SA-7: beginning with "Temporal" and yet settable, and other predefined ones. */
export const PREDEFINED_TYPES = {
  TemporalChangeVersion: 'KeywordList',
  BinaryChecksums: 'KeywordList',
  BuildIds: 'KeywordList',
  BatcherNamespace: 'Keyword',
  BatcherUser: 'Keyword',
  TemporalScheduledStartTime: 'Datetime',
  TemporalScheduledById: 'Keyword',
  TemporalSchedulePaused: 'Bool',
  TemporalNamespaceDivision: 'Keyword',
  TemporalPauseInfo: 'KeywordList',
  TemporalReportedProblems: 'KeywordList',
  TemporalNexusService: 'Keyword',
  TemporalNexusRequestId: 'Keyword',
} as const;

const decoder = new TextDecoder();
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export interface AttributeProblem {
  message: string;
  /** Past a size limit: an upsert of it ends the run (SA-5). */
  isTooLarge: boolean;
}

type Registry = Pick<TurnContext, 'searchAttributeTypes'>;

/** System and predefined names, and those that are reserved: none of them can be registered (SA-7). */
export function isBuiltInAttribute(name: string): boolean {
  return SYSTEM_NAMES.has(name) || name.startsWith('Temporal') || Object.hasOwn(PREDEFINED_TYPES, name);
}

/** Names are callers' own: "constructor" stands in no table. */
function ownOf(types: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return types !== undefined && Object.hasOwn(types, name) ? types[name] : undefined;
}

/** The type that a value states, or else the one that it fits first. Undefined for none: a deletion says nothing. */
export function attributeTypeOf(payload: Payload): string | undefined {
  const stated = payload.metadata?.type;
  if (stated !== undefined) return decoder.decode(stated);
  let value: unknown;
  try {
    value = payload.data?.byteLength ? JSON.parse(decoder.decode(payload.data)) : null;
  } catch {
    return undefined;
  }
  const single = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (single === null || (Array.isArray(single) && single.length === 0)) return undefined;
  if (typeof single === 'string' && RFC_3339.test(single)) return 'Datetime';
  return ['Keyword', 'Int', 'Double', 'Bool', 'KeywordList'].find((type) => fits(type, single));
}

const encoder = new TextEncoder();

/** SA-11: with the types that are known of attributes whose values state none. What deletes one is left as it is. */
export function withAttributeTypes(
  attributes: WireSearchAttributes,
  { searchAttributeTypes }: Registry,
): WireSearchAttributes {
  const fields = Object.entries(attributes.indexedFields ?? {});
  const typed = fields.map(([name, payload]): [string, Payload] => {
    if (payload.metadata?.type !== undefined || attributeTypeOf(payload) === undefined)
      return [name, payload];
    const type = ownOf(PREDEFINED_TYPES, name) ?? ownOf(searchAttributeTypes, name);
    if (type === undefined) return [name, payload];
    return [name, { ...payload, metadata: { ...payload.metadata, type: encoder.encode(type) } }];
  });
  const isSame = typed.every(([, payload], index) => payload === fields[index]?.[1]);
  return isSame ? attributes : { ...attributes, indexedFields: Object.fromEntries(typed) };
}

export function searchAttributeProblem(
  attributes: WireSearchAttributes | undefined,
  { searchAttributeTypes }: Registry,
): AttributeProblem | undefined {
  const fields = Object.entries(attributes?.indexedFields ?? {});
  if (fields.length > SEARCH_ATTRIBUTE_KEYS_MAX)
    return tooLarge(
      `number of search attributes ${fields.length} exceeds limit ${SEARCH_ATTRIBUTE_KEYS_MAX}`,
    );
  for (const [name, payload] of fields) {
    const problem =
      nameProblem(name, searchAttributeTypes) ?? valueProblem(name, payload, searchAttributeTypes);
    if (problem !== undefined) return { message: problem, isTooLarge: false };
    if ((payload.data?.byteLength ?? 0) > SEARCH_ATTRIBUTE_BYTES_MAX)
      return tooLarge(`search attribute ${name} value size exceeds size limit ${SEARCH_ATTRIBUTE_BYTES_MAX}`);
  }
  if (payloadMapBytes(attributes?.indexedFields) > SEARCH_ATTRIBUTES_BYTES_MAX)
    return tooLarge(`total size of search attributes exceeds size limit ${SEARCH_ATTRIBUTES_BYTES_MAX}`);
  return undefined;
}

const tooLarge = (message: string): AttributeProblem => ({ message, isTooLarge: true });

function nameProblem(name: string, registered: TurnContext['searchAttributeTypes']): string | undefined {
  const isReserved = SYSTEM_NAMES.has(name) || name.startsWith('Temporal');
  if (isReserved && !Object.hasOwn(PREDEFINED_TYPES, name))
    return `search attribute ${name} is reserved and cannot be set`;
  const isKnown =
    registered === undefined || Object.hasOwn(PREDEFINED_TYPES, name) || Object.hasOwn(registered, name);
  return isKnown ? undefined : `search attribute ${name} is not defined`;
}

function valueProblem(
  name: string,
  payload: Payload,
  registered: TurnContext['searchAttributeTypes'],
): string | undefined {
  const ownType = payload.metadata?.type;
  const stated = ownType === undefined ? undefined : decoder.decode(ownType);
  const type = ownOf(PREDEFINED_TYPES, name) ?? ownOf(registered, name) ?? stated;
  if (type === undefined) return undefined;
  let value: unknown;
  try {
    value = payload.data?.byteLength ? JSON.parse(decoder.decode(payload.data)) : null;
  } catch {
    return `invalid value for search attribute ${name}: not JSON`;
  }
  if (value === null || (Array.isArray(value) && value.length === 0)) return undefined;
  // Older clients send a scalar as a list of one (SA-2).
  const single = Array.isArray(value) && value.length === 1 && type !== 'KeywordList' ? value[0] : value;
  return fits(type, single) ? undefined : `invalid value for search attribute ${name} of type ${type}`;
}

function fits(type: string, value: unknown): boolean {
  switch (type) {
    case 'Text':
    case 'Keyword':
      return typeof value === 'string';
    case 'Int':
      return Number.isInteger(value);
    case 'Double':
      return typeof value === 'number';
    case 'Bool':
      return typeof value === 'boolean';
    case 'Datetime':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value));
    case 'KeywordList':
      return (
        typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
      );
    default:
      return false;
  }
}

/** What a command gives to another run (SA-4). */
export function checkAttributes(
  cause: WorkflowTaskFailedCauseName,
  attributes: WireSearchAttributes | undefined,
  registry: Registry,
): void {
  const problem = searchAttributeProblem(attributes, registry);
  if (problem !== undefined) throw new BadCommandError(cause, problem.message, problem.isTooLarge);
}

export function checkUpsert(
  run: RunState,
  attributes: WireSearchAttributes | undefined,
  registry: Registry,
): void {
  const upserts = attributes?.indexedFields ?? {};
  if (Object.keys(upserts).length === 0)
    throw new BadCommandError(
      'BAD_SEARCH_ATTRIBUTES',
      'UpsertWorkflowSearchAttributes: IndexedFields is empty',
    );
  const alone = searchAttributeProblem(attributes, registry);
  if (alone !== undefined)
    throw new BadCommandError('BAD_SEARCH_ATTRIBUTES', alone.message, alone.isTooLarge);
  const bytes = payloadMapBytes({ ...run.searchAttributes, ...upserts });
  if (bytes > SEARCH_ATTRIBUTES_BYTES_MAX)
    throw new BadCommandError(
      'BAD_SEARCH_ATTRIBUTES',
      'total size of search attributes exceeds size limit',
      true,
    );
}
