/** Queries and runs at random: the index finds what a plain evaluation of the same filter finds, in the order of listings. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../../src/objects/visibility/attribute-types.ts';
import { readQuery } from '../../../src/objects/visibility/filter.ts';
import { matches } from '../../../src/objects/visibility/filter-evaluate.ts';
import { statusCode } from '../../../src/objects/visibility/filter-values.ts';
import type { WorkflowStatusName } from '../../../src/sdk/common/wire/messages.ts';
import { type AttributeTypes, IndexWorld, NAMESPACE, payloadOf, type RunFacts, updateOf } from './support.ts';

const TYPES: AttributeTypes = {
  Customer: 'KEYWORD',
  Note: 'TEXT',
  Amount: 'INT',
  Ratio: 'DOUBLE',
  Urgent: 'BOOL',
  DueAt: 'DATETIME',
  Tags: 'KEYWORD_LIST',
  'odd \'name" \\x.y': 'KEYWORD',
};
const READ_TYPES = {
  Customer: 'Keyword',
  Note: 'Text',
  Amount: 'Int',
  Ratio: 'Double',
  Urgent: 'Bool',
  DueAt: 'Datetime',
  Tags: 'KeywordList',
  'odd \'name" \\x.y': 'Keyword',
};
const START = Date.UTC(2026, 0, 1);
const texts = [
  '',
  'a',
  'A',
  'b',
  'ab',
  "o'b",
  'x"y',
  'back\\slash',
  '%',
  'é',
  '😀',
  '\ufffd',
  'two words',
  '1',
];
const statuses: WorkflowStatusName[] = [
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'CANCELED',
  'TERMINATED',
  'CONTINUED_AS_NEW',
  'TIMED_OUT',
  'PAUSED',
];
const names = [
  'Running',
  'Completed',
  'Failed',
  'Canceled',
  'Terminated',
  'ContinuedAsNew',
  'TimedOut',
  'Paused',
];

const text = fc.constantFrom(...texts);
const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(1e15, -0.5, 2.25));
const minute = fc.integer({ min: 0, max: 5 }).map((minutes) => START + minutes * 60_000);
const values: Record<string, fc.Arbitrary<unknown>> = {
  Customer: text,
  Note: text,
  Amount: fc.integer({ min: -3, max: 3 }),
  Ratio: number,
  Urgent: fc.boolean(),
  DueAt: minute,
  Tags: fc.array(text, { minLength: 1, maxLength: 3 }),
  'odd \'name" \\x.y': text,
};

interface Run {
  facts: RunFacts;
  attributes: Record<string, unknown>;
}

const run = (index: number): fc.Arbitrary<Run> =>
  fc
    .record({
      workflowId: text,
      type: fc.constantFrom('order', 'refund', ''),
      status: fc.constantFrom(...statuses),
      startTime: minute,
      ran: fc.integer({ min: 0, max: 4 }),
      parent: fc.option(text),
      historyLength: fc.integer({ min: 1, max: 4 }),
      attributes: fc.record(values, { requiredKeys: [] }),
    })
    .map(({ ran, parent, attributes, ...facts }) => {
      const isOpen = facts.status === 'RUNNING' || facts.status === 'PAUSED';
      const payloads = Object.entries(attributes).map(([name, value]) => [
        name,
        payloadOf(name === 'DueAt' ? new Date(value as number).toISOString() : value),
      ]);
      return {
        attributes,
        facts: {
          ...facts,
          runId: `run-${String(index).padStart(3, '0')}`,
          attributes: Object.fromEntries(payloads),
          ...(parent !== null && { parent: { workflowId: parent, runId: 'parent-run' } }),
          ...(!isOpen && { closeTime: facts.startTime + ran * 60_000 }),
        },
      };
    });
const runs = fc
  .integer({ min: 0, max: 25 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => run(i))));

const quoted = (value: string) =>
  fc.boolean().map((isDouble) => {
    const quote = isDouble ? '"' : "'";
    return quote + value.replaceAll('\\', '\\\\').replaceAll(quote, quote + quote) + quote;
  });
const textLiteral = text.chain(quoted);
const timeLiteral = fc.oneof(
  minute.chain((ms) => quoted(new Date(ms).toISOString())),
  minute.map((ms) => `${ms}000000`),
);
const durationLiteral = fc.constantFrom('60000000000', "'1m'", "'00:02:00'", "'0.05h'", "'2m30s'", "'-1m'");
const statusLiteral = fc.oneof(
  fc.constantFrom(...names).chain(quoted),
  fc.integer({ min: 1, max: 8 }).map(String),
);
const literals: Record<string, fc.Arbitrary<string>> = {
  WorkflowId: textLiteral,
  RunId: fc.integer({ min: 0, max: 25 }).map((index) => `'run-${String(index).padStart(3, '0')}'`),
  WorkflowType: fc.constantFrom("'order'", "'refund'", "''", "'x'"),
  TaskQueue: fc.constantFrom("'default'", "'x'"),
  ParentWorkflowId: textLiteral,
  StartTime: timeLiteral,
  CloseTime: timeLiteral,
  ExecutionDuration: durationLiteral,
  HistoryLength: number.map(String),
  ExecutionStatus: statusLiteral,
  Customer: textLiteral,
  Note: textLiteral,
  Amount: number.map(String),
  Ratio: number.map(String),
  Urgent: fc.constantFrom('true', 'FALSE'),
  DueAt: timeLiteral,
  Tags: textLiteral,
  '`odd \'name" \\x.y`': textLiteral,
};
const EQUALITY_ONLY = ['Note', 'Urgent'];
const LIST_LIKE = ['Tags', 'ExecutionStatus'];
const KEYWORDS = [
  'WorkflowId',
  'RunId',
  'WorkflowType',
  'TaskQueue',
  'ParentWorkflowId',
  'Customer',
  '`odd \'name" \\x.y`',
];

function comparisonOf(name: string): fc.Arbitrary<string> {
  const literal = literals[name] as fc.Arbitrary<string>;
  const not = fc.constantFrom('', 'NOT ');
  const forms = [
    fc
      .tuple(fc.constantFrom('=', '!=', '<>'), literal)
      .map(([operator, value]) => `${name} ${operator} ${value}`),
    fc.constantFrom('IS NULL', 'is not null').map((suffix) => `${name} ${suffix}`),
  ];
  if (!EQUALITY_ONLY.includes(name))
    forms.push(
      fc
        .tuple(not, fc.array(literal, { minLength: 1, maxLength: 3 }))
        .map(([prefix, all]) => `${name} ${prefix}IN (${all.join(', ')})`),
    );
  if (!EQUALITY_ONLY.includes(name) && !LIST_LIKE.includes(name)) {
    forms.push(
      fc
        .tuple(fc.constantFrom('<', '<=', '>', '>='), literal)
        .map(([operator, value]) => `${name}${operator}${value}`),
      fc
        .tuple(not, literal, literal)
        .map(([prefix, low, high]) => `${name} ${prefix}BETWEEN ${low} and ${high}`),
    );
  }
  if (KEYWORDS.includes(name))
    forms.push(fc.tuple(not, textLiteral).map(([prefix, value]) => `${name} ${prefix}STARTS_WITH ${value}`));
  return fc.oneof(...forms);
}

const comparison = fc.constantFrom(...Object.keys(literals)).chain(comparisonOf);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    comparison,
    fc
      .tuple(fc.constantFrom('AND', 'or', '&&', '||'), tie('condition'), tie('condition'))
      .map(([operator, left, right]) => `${left} ${operator} ${right}`),
    tie('condition').map((inner) => `(${inner})`),
    tie('condition').map((inner) => `NOT ${inner}`),
    tie('condition').map((inner) => `not(${inner})`),
  ),
}));

function valueAt({ facts, attributes }: Run, name: string) {
  switch (name) {
    case 'WorkflowId':
      return facts.workflowId;
    case 'RunId':
      return facts.runId;
    case 'WorkflowType':
      return facts.type;
    case 'TaskQueue':
      return 'default';
    case 'ParentWorkflowId':
      return facts.parent?.workflowId;
    case 'StartTime':
      return facts.startTime;
    case 'CloseTime':
      return facts.closeTime;
    case 'ExecutionDuration':
      return facts.closeTime === undefined ? undefined : facts.closeTime - (facts.startTime ?? 0);
    case 'HistoryLength':
      return facts.closeTime === undefined ? undefined : facts.historyLength;
    case 'ExecutionStatus':
      return statusCode(facts.status ?? 'RUNNING');
    default:
      return attributes[name] as string | number | boolean | string[] | undefined;
  }
}

function inOrder(one: Run, other: Run): number {
  const close = (each: Run) => (each.facts.closeTime === undefined ? -9e15 : -each.facts.closeTime);
  const start = (each: Run) => -(each.facts.startTime ?? 0);
  return (
    close(one) - close(other) || start(one) - start(other) || (one.facts.runId < other.facts.runId ? -1 : 1)
  );
}

describe('visibility queries at random', { timeout: 60_000 }, () => {
  it('VIS-2, VIS-3, VIS-9: the index finds what the evaluator finds, in order, on pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        runs,
        fc.array(condition, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 3 }),
        async (all, queries, pageSize, shards) => {
          const world = await IndexWorld.open({ shards, types: TYPES });
          await world.tell(...all.map(({ facts }) => updateOf(facts)));
          for (const query of queries) {
            const { filter } = readQuery(query, READ_TYPES);
            const expected = all
              .filter((each) => matches(filter, ({ name }) => valueAt(each, name)))
              .sort(inOrder)
              .map(({ facts }) => facts.runId);
            expect(await world.list(query, pageSize), query).toEqual(expected);
            expect(await world.count(query), query).toBe(expected.length);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('VIS-1: whatever is asked, the answer is a listing or an error that says where', async () => {
    const world = await IndexWorld.open({ types: TYPES });
    const word = fc.oneof(
      fc.constantFrom(
        ...Object.keys(literals),
        'AND',
        'OR',
        'NOT',
        'IN',
        'BETWEEN',
        'IS',
        'NULL',
        'STARTS_WITH',
      ),
      fc.constantFrom(
        '(',
        ')',
        ',',
        '=',
        '!=',
        '<',
        '`',
        "'",
        '"',
        '\\',
        '--',
        '/*',
        ';',
        'GROUP BY',
        'ORDER BY',
        'LIMIT 1',
      ),
      fc.oneof(...Object.values(literals)),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), async (words) => {
        const result = await world.index.list(NAMESPACE, { query: words.join(' '), pageSize: 10 });
        if (!result.ok) expect(result.error.message).toMatch(/at position \d+/);
      }),
      { numRuns: 300 },
    );
  });

  it('words of a text are those that stand between other characters', () => {
    expect(wordsOf("Back-door, o'clock ÄB")).toEqual(['back', 'door', 'o', 'clock', 'äb']);
  });
});
