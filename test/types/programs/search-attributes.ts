/** Search attributes, untyped and typed. */
import {
  defineSearchAttributeKey,
  type SearchAttributePair,
  type SearchAttributes,
  SearchAttributeType,
  type SearchAttributeUpdatePair,
  TypedSearchAttributes,
} from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes, type workflowInfo } from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

const keyword = defineSearchAttributeKey('CustomKeyword', SearchAttributeType.KEYWORD);
const int = defineSearchAttributeKey('CustomInt', 'INT');
const double = defineSearchAttributeKey('CustomDouble', SearchAttributeType.DOUBLE);
const bool = defineSearchAttributeKey('CustomBool', SearchAttributeType.BOOL);
const datetime = defineSearchAttributeKey('CustomDatetime', SearchAttributeType.DATETIME);
const list = defineSearchAttributeKey('CustomList', SearchAttributeType.KEYWORD_LIST);
const text = defineSearchAttributeKey('CustomText', SearchAttributeType.TEXT);

export const untyped: SearchAttributes = {
  a: ['x', 'y'],
  b: [1],
  c: [true],
  d: [new Date()],
  e: [],
};
export const pairs: SearchAttributePair[] = [
  { key: keyword, value: 'x' },
  { key: int, value: 1 },
  { key: double, value: 1.5 },
  { key: bool, value: true },
  { key: datetime, value: new Date() },
  { key: list, value: ['a', 'b'] },
  { key: text, value: 'long' },
];
export const removal: SearchAttributeUpdatePair = { key: keyword, value: null };

export function program(): void {
  const typed = new TypedSearchAttributes(pairs);
  const word = typed.get(keyword);
  type _Word = Expect<Equal<typeof word, string | undefined>>;
  const number = typed.get(int);
  type _Number = Expect<Equal<typeof number, number | undefined>>;
  const date = typed.get(datetime);
  type _Date = Expect<Equal<typeof date, Date | undefined>>;
  const words = typed.get(list);
  type _Words = Expect<Equal<typeof words, string[] | undefined>>;
  const flag = typed.get(bool);
  type _Flag = Expect<Equal<typeof flag, boolean | undefined>>;
  const all = typed.getAll();
  type _All = Expect<Equal<typeof all, SearchAttributePair[]>>;
  const copy = typed.copy();
  type _Copy = Expect<Equal<typeof copy, TypedSearchAttributes>>;
  const updated = typed.updateCopy([removal, { key: int, value: 2 }]);
  type _Updated = Expect<Equal<typeof updated, TypedSearchAttributes>>;
  upsertSearchAttributes({ a: ['z'] });
  upsertSearchAttributes([{ key: int, value: 5 }, removal]);
  upsertMemo({ note: 'x', gone: null });
  type _Info = Expect<Equal<ReturnType<typeof workflowInfo>['typedSearchAttributes'], TypedSearchAttributes>>;

  // @ts-expect-error TS2322: a value of another type
  const wrong: SearchAttributePair = { key: int, value: 'text' };
  // @ts-expect-error TS2322: untyped values are lists
  const bare: SearchAttributes = { a: 'x' };
  // @ts-expect-error TS2322: values of one attribute are of one type
  const mixed: SearchAttributes = { a: ['x', 1] };
  // @ts-expect-error TS2345: types have names
  defineSearchAttributeKey('Custom', 'NUMBER');
  // @ts-expect-error TS2345: attributes are named by their keys
  typed.get('CustomInt');
  void [wrong, bare, mixed];
}
