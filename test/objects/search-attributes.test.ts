/** Custom search attributes: what a namespace registers, and what a workflow of it may set (SA-4, SA-6). */
import { describe, expect, test } from 'vitest';
import type { NamespaceRecord, SearchAttributeChange } from '../../src/objects/namespace/namespace-api.ts';
import { changeSearchAttributes, defaultNamespace } from '../../src/objects/namespace/namespace-record.ts';
import { searchAttributeLookup } from '../../src/objects/namespace/search-attribute-types.ts';
import type { IndexedValueTypeName, WireSearchAttributes } from '../../src/sdk/common/wire/messages.ts';
import { fakeNamespaces } from '../routes/fake-execution.ts';

const given = (customSearchAttributes: Record<string, IndexedValueTypeName>): NamespaceRecord => ({
  ...defaultNamespace('id', 0),
  customSearchAttributes,
});

function changed(record: NamespaceRecord, change: SearchAttributeChange) {
  const result = changeSearchAttributes(record, change);
  return result.ok ? result.value.customSearchAttributes : result.error;
}

const bytes = new TextEncoder();

function attributes(
  values: Record<string, unknown>,
  types: Record<string, string> = {},
): WireSearchAttributes {
  const entries = Object.entries(values).map(([name, value]) => {
    const type = types[name];
    const metadata = { encoding: bytes.encode('json/plain'), ...(type && { type: bytes.encode(type) }) };
    return [name, { metadata, data: bytes.encode(JSON.stringify(value)) }];
  });
  return { indexedFields: Object.fromEntries(entries) };
}

describe('a namespace: custom search attributes (SA-6)', () => {
  test('are registered, kept when registered again, and forgotten', () => {
    const record = given({ CustomerId: 'KEYWORD' });
    expect(changed(record, { add: { Amount: 'DOUBLE' } })).toEqual({
      CustomerId: 'KEYWORD',
      Amount: 'DOUBLE',
    });
    expect(changed(record, { add: { CustomerId: 'KEYWORD' } })).toEqual({ CustomerId: 'KEYWORD' });
    expect(changed(record, { remove: ['CustomerId'] })).toEqual({});
  });

  test.each([
    [{ add: { CustomerId: 'INT' } }, 'ALREADY_EXISTS', 'already exists with type KEYWORD'],
    [{ add: { WorkflowId: 'KEYWORD' } }, 'INVALID_ARGUMENT', 'reserved by system'],
    [{ add: { TemporalMine: 'KEYWORD' } }, 'INVALID_ARGUMENT', 'reserved by system'],
    [{ add: { BuildIds: 'KEYWORD_LIST' } }, 'INVALID_ARGUMENT', 'reserved by system'],
    [{ add: { '': 'KEYWORD' } }, 'INVALID_ARGUMENT', '1 to 255 bytes'],
    [{ remove: ['Unheard'] }, 'NOT_FOUND', "doesn't exist"],
  ] as const)('%j is refused with %s', (change, code, message) => {
    expect(changed(given({ CustomerId: 'KEYWORD' }), change)).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test('are at most a hundred', () => {
    const add = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`A${index}`, 'INT' as const]));
    expect(changed(given({}), { add })).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('the attributes that a workflow sets', () => {
  test('are checked against types as values state them', async () => {
    const directory = fakeNamespaces();
    await directory.changeSearchAttributes('default', { add: { Labels: 'KEYWORD_LIST', When: 'DATETIME' } });
    const lookup = searchAttributeLookup(directory, () => false);
    expect(await lookup('default', [attributes({ Labels: ['a'] })])).toEqual({
      Labels: 'KeywordList',
      When: 'Datetime',
    });
  });

  test('stay unknown where only registered ones are taken', async () => {
    const lookup = searchAttributeLookup(fakeNamespaces(), () => false);
    expect(await lookup('default', [attributes({ Fresh: 1 })])).toEqual({});
  });

  test('are registered by their first use where any is taken, by their stated type or by their value', async () => {
    const directory = fakeNamespaces();
    const lookup = searchAttributeLookup(directory, () => true);
    const used = attributes(
      {
        Stated: 'long text',
        Word: 'a',
        Whole: [7],
        Part: 1.5,
        Flag: true,
        Moment: '2026-01-05T10:00:00.000Z',
        Words: ['a', 'b'],
        Gone: [],
        BuildIds: ['1'],
      },
      { Stated: 'Text' },
    );
    expect(await lookup('default', [used])).toEqual({
      Stated: 'Text',
      Word: 'Keyword',
      Whole: 'Int',
      Part: 'Double',
      Flag: 'Bool',
      Moment: 'Datetime',
      Words: 'KeywordList',
    });
    expect((await directory.find('default'))?.customSearchAttributes).toMatchObject({ Stated: 'TEXT' });
  });

  test('are looked up anew when one is not known', async () => {
    const directory = fakeNamespaces();
    const asked: boolean[] = [];
    const lookup = searchAttributeLookup(
      {
        ...directory,
        find: (name, { isFresh = false } = {}) => {
          asked.push(isFresh);
          return isFresh ? directory.find(name) : Promise.resolve(given({}));
        },
      },
      () => false,
    );
    await directory.changeSearchAttributes('default', { add: { New: 'INT' } });
    expect(await lookup('default', [attributes({ New: 1 })])).toEqual({ New: 'Int' });
    expect(asked).toEqual([false, true]);
  });
});
