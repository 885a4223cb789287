import { describe, expect, it } from 'vitest';
import { readQuery } from '../../../src/objects/visibility/filter.ts';
import { matches } from '../../../src/objects/visibility/filter-evaluate.ts';
import { FilterError } from '../../../src/objects/visibility/filter-tokens.ts';

const CUSTOM = {
  CustomerId: 'Keyword',
  Note: 'Text',
  Amount: 'Int',
  Ratio: 'Double',
  Urgent: 'Bool',
  DueAt: 'Datetime',
  Tags: 'KeywordList',
  RunId2: 'Keyword',
};

const RUN: Record<string, string | number | boolean | string[]> = {
  WorkflowId: "o'brien",
  RunId: 'r-1',
  WorkflowType: 'order',
  TaskQueue: 'default',
  ExecutionStatus: 2,
  StartTime: Date.parse('2026-01-02T03:04:05.678Z'),
  CloseTime: Date.parse('2026-01-02T04:34:05.678Z'),
  ExecutionDuration: 5_400_000,
  HistoryLength: 11,
  CustomerId: 'c-9',
  Note: 'Deliver to the Back door',
  Amount: -12,
  Ratio: 0.5,
  Urgent: true,
  DueAt: Date.parse('2026-02-01T00:00:00Z'),
  Tags: ['a', 'b c'],
};

const holds = (query: string) => matches(readQuery(query, CUSTOM).filter, ({ name }) => RUN[name]);
const problem = (query: string, use?: 'count') => {
  try {
    readQuery(query, CUSTOM, use);
  } catch (error) {
    if (error instanceof FilterError) return error.message;
    throw error;
  }
  return undefined;
};

describe('visibility queries: what they say', () => {
  it.each([
    ['', true],
    ["WorkflowType = 'order' AND ExecutionStatus = 'Completed'", true],
    ['WorkflowId = "o\'brien"', true],
    ["WorkflowId = 'o''brien' and workflowtype = 'x' or TaskQueue = 'default'", undefined],
    ["WorkflowId = 'o\\'brien'", true],
    ["`CustomerId` STARTS_WITH 'c-'", true],
    ["CustomerId NOT STARTS_WITH 'c-'", false],
    ['CustomerId IN (\'x\', "c-9")', true],
    ["CustomerId NOT IN ('x', 'c-9')", false],
    ["CustomerId BETWEEN 'c' AND 'd'", true],
    ['Amount NOT BETWEEN -20 AND -12', false],
    ['Amount < 0 AND Ratio >= 0.5 AND Ratio < 1e0', true],
    ['Urgent = true', true],
    ['Urgent != TRUE', false],
    ["Note = 'back'", true],
    ["Note = 'window BACK'", true],
    ["Note != 'window'", true],
    ["Tags = 'b c'", true],
    ["Tags IN ('z', 'a')", true],
    ["Tags NOT IN ('z', 'a')", false],
    ['Tags IS NOT NULL', true],
    ['ParentWorkflowId IS NULL', true],
    ["NOT (TaskQueue = 'default' AND ExecutionStatus = 'Failed')", true],
    ["TaskQueue = 'x' OR TaskQueue = 'default' AND HistoryLength > 100", false],
    ["(TaskQueue = 'x' OR TaskQueue = 'default') AND HistoryLength > 10", true],
    ["TaskQueue <> 'x' && HistoryLength = 11", true],
  ])('VIS-2: %s', (query, expected) => {
    if (expected === undefined) expect(problem(query)).toContain('workflowtype');
    else expect(holds(query)).toBe(expected);
  });

  it.each([
    ["ExecutionStatus = 'Completed'", true],
    ['ExecutionStatus = 2', true],
    ['ExecutionStatus IN (1, 7)', false],
    ["ExecutionStatus != 'Running'", true],
  ])('VIS-5: %s', (query, expected) => expect(holds(query)).toBe(expected));

  it.each([
    ["ExecutionDuration = '1h30m'", true],
    ["ExecutionDuration > '90m' OR ExecutionDuration < '1.5h'", false],
    ["ExecutionDuration = '01:30:00'", true],
    ["ExecutionDuration < '2d'", true],
    ['ExecutionDuration = 5400000000000', true],
  ])('VIS-6: %s', (query, expected) => expect(holds(query)).toBe(expected));

  it.each([
    ["StartTime = '2026-01-02T03:04:05.678Z'", true],
    ["StartTime = '2026-01-02T04:04:05.678+01:00'", true],
    ["StartTime < '2026-01-02T03:04:05.678001Z'", true],
    ['StartTime >= 1767323045678000000', true],
    ["DueAt BETWEEN '2026-01-31T00:00:00Z' AND '2026-02-01T00:00:00Z'", true],
  ])('VIS-7: %s', (query, expected) => expect(holds(query)).toBe(expected));

  it('VIS-8: a name is custom, ours, or ours without or with "Temporal"', () => {
    const nameOf = (query: string, custom = {}) => {
      const { filter } = readQuery(query, custom);
      return filter?.kind === 'predicate' ? filter.predicate.attribute.name : undefined;
    };
    expect(nameOf("ScheduledById = 's'")).toBe('TemporalScheduledById');
    expect(nameOf("TemporalBuildIds = 'b'")).toBe('BuildIds');
    expect(nameOf("ScheduledById = 's'", { ScheduledById: 'Keyword' })).toBe('ScheduledById');
    expect(nameOf("ScheduleId = 's'")).toBe('WorkflowId');
  });

  it('an attribute that is not set is unknown, and so is the negation', () => {
    expect(holds("ParentWorkflowId = 'p' OR NOT ParentWorkflowId = 'p'")).toBe(false);
    expect(holds("ParentWorkflowId = 'p' OR TaskQueue = 'default'")).toBe(true);
  });
});

describe('visibility queries: what is refused, and where', () => {
  it.each([
    ["WorkflowId = 'a' LIMIT 5", 'LIMIT', 18],
    ["WorkflowId = 'a' ORDER BY StartTime DESC", 'ORDER BY', 27],
    ["WorkflowId = 'a' GROUP BY ExecutionStatus", 'GROUP BY is for counts', 27],
    ["lower(WorkflowId) = 'a'", 'functions', 6],
    ['WorkflowId = RunId', 'cannot be compared with each other', 14],
    ["WorkflowId LIKE 'a%'", 'STARTS_WITH', 12],
    ['ParentRunId = NULL', 'IS NULL', 15],
    ["'a' = WorkflowId", 'the name of a search attribute', 1],
    ["WorkflowId = 'a' WorkflowType", 'AND, OR or the end', 18],
    ["(WorkflowId = 'a'", 'expected ")"', 18],
    ['WorkflowId', 'expected an operator', 11],
    ["WorkflowId = 'a", 'not closed', 14],
    ["WorkflowId = 'a' ; drop", 'AND, OR or the end', 18],
    ['WorkflowId # 1', 'unexpected character', 12],
    ['WorkflowId IN ()', 'expected a value', 16],
    ['Amount BETWEEN 1 OR 2', 'expected AND', 18],
  ])('VIS-1, VIS-2: %s', (query, words, position) => {
    expect(problem(query)).toContain(words);
    expect(problem(query)).toContain(`at position ${position}`);
  });

  it.each([
    ["Note > 'a'", 'Text'],
    ["Note IN ('a')", 'Text'],
    ["Note STARTS_WITH 'a'", 'STARTS_WITH'],
    ["Tags > 'a'", 'KeywordList'],
    ["Tags STARTS_WITH 'a'", 'STARTS_WITH'],
    ['Urgent > true', 'Bool'],
    ['Urgent IN (true)', 'Bool'],
    ["Urgent = 'true'", 'true or false'],
    ["Amount = '5'", 'a number'],
    ['WorkflowId = 5', 'a string in quotes'],
    ["StartTime STARTS_WITH '2026'", 'STARTS_WITH'],
    ["StartTime = 'yesterday'", 'RFC 3339'],
    ["StartTime = '2026-02-31T00:00:00Z'", 'no such time'],
    ["ExecutionStatus = 'running'", 'Running'],
    ['ExecutionStatus = 9', 'Running'],
    ["ExecutionStatus > 'Running'", '=, !=, IN'],
    ["ExecutionDuration = 'soon'", 'duration'],
    ["Nope = 'x'", 'no search attribute Nope'],
  ])('VIS-3, VIS-5 to VIS-7: %s', (query, words) => expect(problem(query)).toContain(words));

  it('VIS-11: counts are grouped by the status, and by nothing else', () => {
    expect(readQuery('GROUP BY ExecutionStatus', {}, 'count').groupBy?.name).toBe('ExecutionStatus');
    expect(problem('GROUP BY WorkflowType', 'count')).toContain('ExecutionStatus');
    expect(problem('GROUP BY ExecutionStatus, WorkflowType', 'count')).toContain('one name');
  });

  it('bounds what a query may hold', () => {
    expect(problem('('.repeat(200))).toContain('nested');
    expect(problem(`${'NOT '.repeat(200)}Urgent = true`)).toContain('nested');
    expect(problem(Array.from({ length: 41 }, () => 'Amount = 1').join(' OR '))).toContain('use IN');
    expect(problem(`WorkflowId = '${'a'.repeat(20_000)}'`)).toContain('at most');
  });
});
