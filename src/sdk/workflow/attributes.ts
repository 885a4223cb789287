/** Search attributes and memo (SA-3, SA-9, SA-10). */
import { requireRun } from '../../executor/context.ts';
import type { WorkflowInfo } from '../../executor/workflow-info.ts';
import { mapToPayloads } from '../common/converter/payload-lists.ts';
import {
  encodeUnifiedSearchAttributes,
  searchAttributePayloadConverter,
} from '../common/converter/payload-search-attributes.ts';
import {
  type SearchAttributePair,
  type SearchAttributes,
  type SearchAttributeUpdatePair,
  TypedSearchAttributes,
} from '../common/search-attributes.ts';

type Attributes = Pick<WorkflowInfo, 'searchAttributes' | 'typedSearchAttributes'>;

/**
 * Merges into the run's search attributes; `workflowInfo()` shows them at once. In pairs a value of `null` deletes, in the
 * deprecated form an empty array does.
 *
 * @example
 * ```ts
 * const customerId = defineSearchAttributeKey('CustomerId', 'KEYWORD');
 * upsertSearchAttributes([{ key: customerId, value: 'c-17' }]);
 * ```
 */
export function upsertSearchAttributes(
  searchAttributes: SearchAttributes | SearchAttributeUpdatePair[],
): void {
  const run = requireRun('Workflow.upsertSearchAttributes(...) may only be used from a Workflow Execution.');
  if (searchAttributes === null || searchAttributes === undefined) {
    throw new Error('searchAttributes must be a non-null SearchAttributes');
  }
  const isTyped = isPairs(searchAttributes);
  const indexedFields = isTyped
    ? encodeUnifiedSearchAttributes(undefined, searchAttributes as SearchAttributePair[])
    : mapToPayloads(searchAttributePayloadConverter, searchAttributes);
  const merged = isTyped ? mergeTyped(run.info, searchAttributes) : mergeUntyped(run.info, searchAttributes);
  run.pushCommand({
    commandType: 'UpsertWorkflowSearchAttributes',
    attributes: { searchAttributes: { indexedFields } },
  });
  run.upsertSearchAttributeFields(indexedFields);
  run.upsertInfo(merged);
}

function isPairs(
  value: SearchAttributes | SearchAttributeUpdatePair[],
): value is SearchAttributeUpdatePair[] {
  return Array.isArray(value);
}

function mergeTyped(info: Attributes, pairs: readonly SearchAttributeUpdatePair[]): Attributes {
  const searchAttributes = { ...info.searchAttributes };
  for (const { key, value } of pairs) {
    if (value === null) delete searchAttributes[key.name];
    else searchAttributes[key.name] = (Array.isArray(value) ? value : [value]) as SearchAttributes[string];
  }
  return { searchAttributes, typedSearchAttributes: info.typedSearchAttributes.updateCopy(pairs) };
}

function mergeUntyped(info: Attributes, upserted: SearchAttributes): Attributes {
  const searchAttributes = { ...info.searchAttributes };
  let typedSearchAttributes = info.typedSearchAttributes;
  for (const [name, value] of Object.entries(upserted)) {
    const known = typedSearchAttributes.getAll().find(({ key }) => key.name === name);
    const update =
      value === undefined || value.length === 0 ? deletion(known) : assignment(name, value, known);
    if (update !== undefined) typedSearchAttributes = typedSearchAttributes.updateCopy([update]);
    if (isEmpty(value)) delete searchAttributes[name];
    else if (update !== undefined) searchAttributes[name] = value;
  }
  return { searchAttributes, typedSearchAttributes };
}

/** The converter lets arrays pass only. */
function isEmpty(value: SearchAttributes[string]): value is undefined {
  return value === undefined || value.length === 0;
}

function deletion(known: SearchAttributePair | undefined): SearchAttributeUpdatePair | undefined {
  return known && ({ key: known.key, value: null } as SearchAttributeUpdatePair);
}

/** The typed form of a value whose type has to be guessed; undefined when it cannot be. */
function assignment(
  name: string,
  value: NonNullable<SearchAttributes[string]>,
  known: SearchAttributePair | undefined,
): SearchAttributeUpdatePair | undefined {
  const guessed = TypedSearchAttributes.getKeyFromUntyped(name, value);
  if (guessed === undefined) return undefined;
  // A single text may be a keyword: what the attribute is already says so.
  const key = guessed.type === 'TEXT' && known ? { name, type: known.key.type } : guessed;
  const [only] = value;
  const single = key.type === 'DATETIME' && only !== undefined ? new Date(only as string) : only;
  // Key and value agree by the way the key was guessed.
  return { key, value: value.length === 1 ? single : value } as SearchAttributeUpdatePair;
}

/**
 * Merges into the run's memo, on the first level; `null` or `undefined` deletes a key. `workflowInfo()` shows it at once.
 *
 * @example
 * ```ts
 * upsertMemo({ stage: 'packed', note: null });
 * ```
 */
export function upsertMemo(memo: Record<string, unknown>): void {
  const run = requireRun('Workflow.upsertMemo(...) may only be used from a Workflow Execution.');
  if (memo === null || memo === undefined) throw new Error('memo must be a non-null Record');
  const upserts = Object.fromEntries(Object.entries(memo).map(([key, value]) => [key, value ?? undefined]));
  const fields = mapToPayloads(run.converters.payloadConverter, upserts, run.converters.context);
  run.pushCommand({ commandType: 'ModifyWorkflowProperties', attributes: { upsertedMemo: { fields } } });
  const merged = Object.entries({ ...run.info.memo, ...memo }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  run.upsertInfo({ memo: Object.fromEntries(merged) });
}
