/**
 * A filter applied to one run in plain JavaScript: what the index must find, said a second time and without SQL. Tests hold the
 * index against it. As in SQL a comparison with an attribute that is not set is unknown, and so is its negation.
 */
import { type Attribute, wordsOf } from './attribute-types.ts';
import type { Filter, Predicate } from './filter.ts';
import type { Scalar } from './filter-values.ts';

/** A run's value of an attribute; undefined when it has none. */
export type ValueOf = (attribute: Attribute) => Scalar | readonly string[] | undefined;

type Truth = boolean | undefined;

export function matches(filter: Filter | undefined, valueAt: ValueOf): boolean {
  return filter === undefined || truthOf(filter, valueAt) === true;
}

function truthOf(filter: Filter, valueAt: ValueOf): Truth {
  switch (filter.kind) {
    case 'and':
      return all(filter.all.map((each) => truthOf(each, valueAt)));
    case 'or':
      return not(all(filter.any.map((each) => not(truthOf(each, valueAt)))));
    case 'not':
      return not(truthOf(filter.filter, valueAt));
    case 'predicate':
      return holds(filter.predicate, valueAt(filter.predicate.attribute));
  }
}

function all(truths: Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

const not = (truth: Truth): Truth => (truth === undefined ? undefined : !truth);

function holds(predicate: Predicate, value: ReturnType<ValueOf>): Truth {
  if (predicate.kind === 'null') return predicate.isNegated === (value !== undefined);
  if (value === undefined) return undefined;
  switch (predicate.kind) {
    case 'compare':
      return compares(predicate, value);
    case 'in':
      return (
        predicate.isNegated !== predicate.values.some((each) => equals(predicate.attribute, value, each))
      );
    case 'between': {
      const isBetween =
        order(value as Scalar, predicate.low) >= 0 && order(value as Scalar, predicate.high) <= 0;
      return predicate.isNegated !== isBetween;
    }
    case 'startsWith':
      return predicate.isNegated !== String(value).startsWith(predicate.prefix);
  }
}

function compares(
  { attribute, operator, value: wanted }: Extract<Predicate, { kind: 'compare' }>,
  value: Scalar | readonly string[],
): boolean {
  if (operator === '=') return equals(attribute, value, wanted);
  if (operator === '!=') return !equals(attribute, value, wanted);
  const sign = order(value as Scalar, wanted);
  if (operator === '<') return sign < 0;
  if (operator === '<=') return sign <= 0;
  return operator === '>' ? sign > 0 : sign >= 0;
}

function equals(attribute: Attribute, value: Scalar | readonly string[], wanted: Scalar): boolean {
  if (attribute.type === 'KeywordList') return (value as readonly string[]).includes(String(wanted));
  if (attribute.type !== 'Text') return value === wanted;
  const words = new Set(wordsOf(String(value)));
  return wordsOf(String(wanted)).some((word) => words.has(word));
}

/** Strings by code point, as SQLite compares their bytes. */
function order(one: Scalar, other: Scalar): number {
  if (typeof one !== 'string' || typeof other !== 'string') return Number(one) - Number(other);
  const [left, right] = [Array.from(one), Array.from(other)];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const sign = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (sign !== 0) return sign;
  }
  return left.length - right.length;
}
