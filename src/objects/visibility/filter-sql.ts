/**
 * A filter as an SQL expression over the row `r` of the table `runs`, its strings bound and its numbers written out; and what of
 * it every match has in common, from which the search chooses the index to walk.
 */
import type { SqlValue } from '../ports.ts';
import { type Attribute, storedKey, wordsOf } from './attribute-types.ts';
import type { Filter, Predicate } from './filter.ts';
import type { Scalar } from './filter-values.ts';

export interface SqlCondition {
  sql: string;
  bindings: SqlValue[];
}

/** Conditions that hold of every match, each with the predicate that says so. */
export interface Known {
  runIds?: KnownOf<string[]>;
  workflowIds?: KnownOf<string[]>;
  workflowType?: KnownOf<string>;
  statuses?: KnownOf<number[]>;
  /** Equality with a stored Keyword, or with an element of a KeywordList. */
  stored?: KnownOf<{ key: string; value: string }>;
}

export interface KnownOf<T> {
  is: T;
  predicate: Predicate;
}

/** Undefined when nothing is left to judge: `judged` are predicates that need not be looked at again. */
export function compileFilter(
  filter: Filter | undefined,
  judged: ReadonlySet<Predicate> = new Set(),
): SqlCondition | undefined {
  const left = filter && without(filter, judged);
  if (left === undefined) return undefined;
  const bindings: SqlValue[] = [];
  const sql = conditionOf(left, (value) => {
    bindings.push(value);
    return '?';
  });
  return { sql, bindings };
}

/** Of what has to hold of every match. */
function without(filter: Filter, judged: ReadonlySet<Predicate>): Filter | undefined {
  if (filter.kind === 'predicate') return judged.has(filter.predicate) ? undefined : filter;
  if (filter.kind !== 'and') return filter;
  const all = filter.all.map((each) => without(each, judged)).filter((each) => each !== undefined);
  return all.length === 0 ? undefined : { kind: 'and', all };
}

type Bind = (value: SqlValue) => string;

function conditionOf(filter: Filter, bind: Bind): string {
  switch (filter.kind) {
    case 'and':
      return `(${filter.all.map((each) => conditionOf(each, bind)).join(' AND ')})`;
    case 'or':
      return `(${filter.any.map((each) => conditionOf(each, bind)).join(' OR ')})`;
    case 'not':
      return `(NOT ${conditionOf(filter.filter, bind)})`;
    case 'predicate':
      return predicateOf(filter.predicate, bind);
  }
}

function predicateOf(predicate: Predicate, bind: Bind): string {
  const { attribute } = predicate;
  if (predicate.kind === 'null')
    return `(${presence(attribute)} IS ${predicate.isNegated ? 'NOT NULL' : 'NULL'})`;
  if (attribute.type === 'KeywordList' || attribute.type === 'Text') return elementPredicate(predicate, bind);
  const value = columnOf(attribute);
  switch (predicate.kind) {
    case 'compare':
      return `(${value} ${predicate.operator} ${literal(predicate.value, bind)})`;
    case 'in':
      return `(${value}${predicate.isNegated ? ' NOT' : ''} IN ${list(predicate.values, bind)})`;
    case 'between': {
      const low = literal(predicate.low, bind);
      return `(${value}${predicate.isNegated ? ' NOT' : ''} BETWEEN ${low} AND ${literal(predicate.high, bind)})`;
    }
    case 'startsWith':
      return `(instr(${value}, ${bind(predicate.prefix)}) ${predicate.isNegated ? '<>' : '='} 1)`;
  }
}

/** Of lists and of the words of a text: any element. Unknown when the attribute is not set. */
function elementPredicate(predicate: Predicate, bind: Bind): string {
  const { attribute } = predicate;
  let wanted: string[] = [];
  let isNegated = false;
  if (predicate.kind === 'compare') {
    wanted = [String(predicate.value)];
    isNegated = predicate.operator === '!=';
  } else if (predicate.kind === 'in') {
    wanted = predicate.values.map(String);
    isNegated = predicate.isNegated;
  }
  if (attribute.type === 'Text') wanted = wanted.flatMap(wordsOf);
  const elements = `json_each(r.custom, ${pathOf(attribute)})`;
  const found = `EXISTS (SELECT 1 FROM ${elements} WHERE value IN ${strings(wanted, bind)})`;
  return `(CASE WHEN ${presence(attribute)} IS NULL THEN NULL ELSE ${isNegated ? 'NOT ' : ''}${found} END)`;
}

/** Something that is NULL when the attribute is not set. */
function presence(attribute: Attribute): string {
  return attribute.kind === 'system' ? `r.${attribute.column}` : `json_type(r.custom, ${pathOf(attribute)})`;
}

export function columnOf(attribute: Attribute): string {
  return attribute.kind === 'system'
    ? `r.${attribute.column}`
    : `json_extract(r.custom, ${pathOf(attribute)})`;
}

function pathOf({ name, type }: Attribute): string {
  return `'$."${storedKey(name, type)}"'`;
}

function literal(value: Scalar, bind: Bind): string {
  if (typeof value === 'string') return bind(value);
  // Sound: values were read as finite numbers.
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

function list(values: readonly Scalar[], bind: Bind): string {
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length > 0) return strings(texts, bind);
  return `(${values.map((value) => literal(value, bind)).join(', ')})`;
}

/** One binding however many there are. */
function strings(values: readonly string[], bind: Bind): string {
  return `(SELECT value FROM json_each(${bind(JSON.stringify(values))}))`;
}

export function knownOf(filter: Filter | undefined): Known {
  const known: Known = {};
  for (const predicate of conjuncts(filter)) note(known, predicate);
  return known;
}

function conjuncts(filter: Filter | undefined): Predicate[] {
  if (filter?.kind === 'predicate') return [filter.predicate];
  return filter?.kind === 'and' ? filter.all.flatMap(conjuncts) : [];
}

function note(known: Known, predicate: Predicate): void {
  const values = equalTo(predicate);
  if (values === undefined) return;
  const { attribute } = predicate;
  const [only] = values.length === 1 ? values : [];
  if (attribute.kind === 'stored') {
    const isKeyword = attribute.type === 'Keyword' || attribute.type === 'KeywordList';
    const key = storedKey(attribute.name, attribute.type);
    if (isKeyword && only !== undefined) known.stored ??= { is: { key, value: String(only) }, predicate };
  } else if (attribute.name === 'RunId') known.runIds ??= { is: values.map(String), predicate };
  else if (attribute.name === 'WorkflowId') known.workflowIds ??= { is: values.map(String), predicate };
  else if (attribute.name === 'WorkflowType' && only !== undefined)
    known.workflowType ??= { is: String(only), predicate };
  else if (attribute.form === 'status') known.statuses ??= { is: values.map(Number), predicate };
}

function equalTo(predicate: Predicate): Scalar[] | undefined {
  if (predicate.kind === 'compare' && predicate.operator === '=') return [predicate.value];
  return predicate.kind === 'in' && !predicate.isNegated ? predicate.values : undefined;
}
