/**
 * A visibility query with its attributes looked up and its values typed. What is not allowed of a type (VIS-3) is refused here,
 * with the place of the word that is wrong; what comes out can be compiled (`filter-sql.ts`) or evaluated (`filter-evaluate.ts`).
 */
import type { SearchAttributeTypes } from '../namespace/search-attribute-types.ts';
import { type Attribute, DIVISION, findAttribute } from './attribute-types.ts';
import {
  type Comparison,
  type Condition,
  type Name,
  type Operator,
  parseQuery,
  type Value,
} from './filter-parser.ts';
import { FilterError } from './filter-tokens.ts';
import { type Scalar, ValueProblem, valueFor } from './filter-values.ts';

export type Predicate = { attribute: Attribute } & (
  | { kind: 'compare'; operator: Operator; value: Scalar }
  | { kind: 'in'; isNegated: boolean; values: Scalar[] }
  | { kind: 'between'; isNegated: boolean; low: Scalar; high: Scalar }
  | { kind: 'startsWith'; isNegated: boolean; prefix: string }
  | { kind: 'null'; isNegated: boolean }
);

export type Filter =
  | { kind: 'and'; all: Filter[] }
  | { kind: 'or'; any: Filter[] }
  | { kind: 'not'; filter: Filter }
  | { kind: 'predicate'; predicate: Predicate };

export interface Query {
  filter: Filter | undefined;
  groupBy: Attribute | undefined;
  /** VIS-10: the filter says itself which divisions it wants. */
  namesDivision: boolean;
}

/** Each may bind two values, and the platform takes 100 in a statement. */
const PREDICATES_MAX = 40;
const IN_VALUES_MAX = 1000;

/** Throws `FilterError`. Only counts may be grouped. */
export function readQuery(
  query: string,
  custom: SearchAttributeTypes = {},
  use: 'list' | 'count' = 'list',
  division?: string,
): Query {
  const read = new Reader(query, custom, use, division).read();
  return division === undefined ? read : within(division, read);
}

function within(division: string, { filter, groupBy }: Query): Query {
  const attribute = findAttribute(DIVISION, {});
  if (attribute === undefined) throw new Error(`${DIVISION} is no search attribute`);
  const predicate: Predicate = { attribute, kind: 'compare', operator: '=', value: division };
  const own: Filter = { kind: 'predicate', predicate };
  return {
    filter: filter === undefined ? own : { kind: 'and', all: [own, filter] },
    groupBy,
    namesDivision: true,
  };
}

class Reader {
  readonly #query: string;
  readonly #custom: SearchAttributeTypes;
  readonly #use: 'list' | 'count';
  readonly #division: string | undefined;
  #predicates = 0;
  #namesDivision = false;

  constructor(
    query: string,
    custom: SearchAttributeTypes,
    use: 'list' | 'count',
    division: string | undefined,
  ) {
    this.#query = query;
    this.#custom = custom;
    this.#use = use;
    this.#division = division;
  }

  read(): Query {
    const { condition, groupBy, orderBy } = parseQuery(this.#query);
    const [order] = orderBy;
    // VIS-1, VIS-9.
    if (order !== undefined)
      throw this.#error(
        order.name.position,
        'ORDER BY is not supported: lists give open runs first, then the others by close time, the newest first',
      );
    return {
      filter: condition && this.#filter(condition),
      groupBy: groupBy && this.#groupBy(groupBy),
      namesDivision: this.#namesDivision,
    };
  }

  #filter(condition: Condition): Filter {
    switch (condition.kind) {
      case 'and':
        return { kind: 'and', all: condition.all.map((each) => this.#filter(each)) };
      case 'or':
        return { kind: 'or', any: condition.any.map((each) => this.#filter(each)) };
      case 'not':
        return { kind: 'not', filter: this.#filter(condition.condition) };
      case 'comparison':
        return { kind: 'predicate', predicate: this.#predicate(condition.comparison) };
    }
  }

  #predicate(comparison: Comparison): Predicate {
    const { name, position } = comparison;
    if (++this.#predicates > PREDICATES_MAX)
      throw this.#error(
        name.position,
        `a query may have ${PREDICATES_MAX} comparisons: use IN for many values of one attribute`,
      );
    const attribute = this.#attribute(name);
    if (attribute.name === DIVISION) this.#namesDivision = true;
    const problem = operatorProblem(attribute, comparison);
    if (problem !== undefined) throw this.#error(position, problem);
    switch (comparison.kind) {
      case 'compare':
        return {
          attribute,
          kind: 'compare',
          operator: comparison.operator,
          value: this.#value(attribute, comparison.value),
        };
      case 'in':
        if (comparison.values.length > IN_VALUES_MAX)
          throw this.#error(position, `IN takes ${IN_VALUES_MAX} values`);
        return {
          attribute,
          kind: 'in',
          isNegated: comparison.isNegated,
          values: comparison.values.map((value) => this.#value(attribute, value)),
        };
      case 'between':
        return {
          attribute,
          kind: 'between',
          isNegated: comparison.isNegated,
          low: this.#value(attribute, comparison.low),
          high: this.#value(attribute, comparison.high),
        };
      case 'startsWith':
        // Sound: only Keyword passes `operatorProblem`, and its values are strings.
        return {
          attribute,
          kind: 'startsWith',
          isNegated: comparison.isNegated,
          prefix: this.#value(attribute, comparison.value) as string,
        };
      case 'null':
        return { attribute, kind: 'null', isNegated: comparison.isNegated };
    }
  }

  #value(attribute: Attribute, value: Value): Scalar {
    try {
      return valueFor(attribute, value);
    } catch (error) {
      if (!(error instanceof ValueProblem)) throw error;
      throw this.#error(value.position, `${attribute.name} is of type ${attribute.type}: ${error.message}`);
    }
  }

  #groupBy(name: Name): Attribute {
    if (this.#use === 'list')
      throw this.#error(name.position, 'GROUP BY is for counts, a list has no groups');
    const attribute = this.#attribute(name);
    if (attribute.name === 'ExecutionStatus' || attribute.name === DIVISION) {
      if (attribute.name === DIVISION) this.#namesDivision = true;
      return attribute;
    }
    throw this.#error(name.position, `GROUP BY takes ExecutionStatus or ${DIVISION}, not ${attribute.name}`);
  }

  #attribute(name: Name): Attribute {
    const attribute = findAttribute(name.text, this.#custom, this.#division);
    if (attribute !== undefined) return attribute;
    throw this.#error(name.position, `there is no search attribute ${name.text} in this namespace`);
  }

  #error(position: number, problem: string): FilterError {
    return new FilterError(this.#query, position, problem);
  }
}

/** VIS-3. */
function operatorProblem(attribute: Attribute, comparison: Comparison): string | undefined {
  if (comparison.kind === 'null') return undefined;
  const { name, type } = attribute;
  const isEquality =
    comparison.kind === 'compare' && (comparison.operator === '=' || comparison.operator === '!=');
  if (isEquality) return undefined;
  const isStatus = attribute.kind === 'system' && attribute.form === 'status';
  const refuse = (takes: string) => `${name} is of type ${type}, which takes ${takes} only`;
  if (comparison.kind === 'startsWith' && (type !== 'Keyword' || isStatus))
    return `${name} does not take STARTS_WITH: it is for text of type Keyword`;
  if (isStatus && comparison.kind !== 'in') return `${name} takes =, !=, IN and IS NULL only`;
  if (type === 'Text' || type === 'Bool') return refuse('=, != and IS NULL');
  if (type === 'KeywordList' && comparison.kind !== 'in') return refuse('=, !=, IN and IS NULL');
  return undefined;
}
