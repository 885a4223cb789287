/**
 * Which custom search attributes a workflow may set: those that its namespace has registered (SA-4, SA-6).
 *
 * S1 The registry is asked only when attributes are set, and anew when one of them is not known: registrations hold at once.
 * S2 Where any attribute is taken (`npm start`, tests), an unknown one is registered by its first use, with the type that its
 *    value states or shows.
 */
import { attributeTypeOf, isBuiltInAttribute } from '../../engine/search-attributes.ts';
import type { WorkflowTaskCompletion } from '../../engine/workflow-task.ts';
import type { IndexedValueTypeName, WireSearchAttributes } from '../../sdk/common/wire/messages.ts';
import type { NamespaceDirectory, NamespaceRecord } from './namespace-api.ts';

/** Type by name (`Keyword`, `Int`, ...), as values state it. */
export type SearchAttributeTypes = Readonly<Record<string, string>>;

/** The registered attributes of a namespace, seen by whoever is about to set some. */
export type SearchAttributeLookup = (
  namespace: string,
  used: readonly WireSearchAttributes[],
) => Promise<SearchAttributeTypes | undefined>;

const TYPE_NAMES: Readonly<Record<IndexedValueTypeName, string>> = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
};

export function searchAttributeLookup(
  directory: NamespaceDirectory,
  takesAny: () => boolean,
): SearchAttributeLookup {
  return async (namespace, used) => {
    let record = await directory.find(namespace);
    if (record && unknownIn(used, record).length > 0)
      record = await directory.find(namespace, { isFresh: true });
    if (record === undefined) return undefined;
    const unknown = unknownIn(used, record);
    if (unknown.length > 0 && takesAny()) {
      const added = await directory.changeSearchAttributes(namespace, { add: typesOf(unknown) });
      if (added.ok) record = added.value;
    }
    return typeNamesOf(record);
  };
}

/** The attributes of a namespace, by the names that values state as their type. */
export function typeNamesOf({
  customSearchAttributes,
}: Pick<NamespaceRecord, 'customSearchAttributes'>): SearchAttributeTypes {
  return Object.fromEntries(
    Object.entries(customSearchAttributes).map(([name, type]) => [
      name,
      // Sound: records hold only types that were checked when they were added.
      TYPE_NAMES[type as IndexedValueTypeName],
    ]),
  );
}

function unknownIn(used: readonly WireSearchAttributes[], { customSearchAttributes }: NamespaceRecord) {
  return used
    .flatMap(({ indexedFields = {} }) => Object.entries(indexedFields))
    .filter(([name]) => !Object.hasOwn(customSearchAttributes, name) && !isBuiltInAttribute(name));
}

function typesOf(fields: ReturnType<typeof unknownIn>): Record<string, IndexedValueTypeName> {
  const byName = Object.entries(TYPE_NAMES).map(
    ([type, name]) => [name, type as IndexedValueTypeName] as const,
  );
  const types = new Map<string, IndexedValueTypeName>(byName);
  const found: Record<string, IndexedValueTypeName> = {};
  for (const [name, payload] of fields) {
    const type = types.get(attributeTypeOf(payload) ?? '');
    if (type !== undefined) found[name] = type;
  }
  return found;
}

/** The attributes that a completion's commands set: of the run itself, its children, its successor. */
export function attributesUsedBy(completion: WorkflowTaskCompletion): WireSearchAttributes[] {
  if (completion.kind === 'failed') return [];
  return completion.commands.flatMap(({ attributes }) =>
    'searchAttributes' in attributes && attributes.searchAttributes ? [attributes.searchAttributes] : [],
  );
}

/** What one object knows of its namespace's attributes. */
export class KnownSearchAttributes {
  types: SearchAttributeTypes | undefined;
  readonly #lookup: SearchAttributeLookup | undefined;

  constructor(lookup: SearchAttributeLookup | undefined) {
    this.#lookup = lookup;
  }

  /** Afterwards `types` is what attributes in `used` may be checked against. */
  async learn(namespace: string, used: readonly WireSearchAttributes[]): Promise<void> {
    if (used.length > 0) this.types = (await this.#lookup?.(namespace, used)) ?? this.types;
  }
}
