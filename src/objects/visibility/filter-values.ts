/** Values of a query as the index holds them: status as number, times and durations as milliseconds (VIS-5 to VIS-7). */
import { standaloneExecutionId } from '../../sdk/common/standalone-activity.ts';
import { nexusExecutionId } from '../../sdk/common/standalone-nexus.ts';
import { WorkflowExecutionStatus } from '../../sdk/common/wire/messages.ts';
import type { Attribute } from './attribute-types.ts';
import type { Value } from './filter-parser.ts';

export type Scalar = string | number | boolean;

/** What was wrong with a value; the caller knows where it stands. */
export class ValueProblem extends Error {
  override readonly name = 'ValueProblem';
}

const STATUS_NAMES: ReadonlyMap<string, number> = new Map([
  ['Running', 1],
  ['Completed', 2],
  ['Failed', 3],
  ['Canceled', 4],
  ['Terminated', 5],
  ['ContinuedAsNew', 6],
  ['TimedOut', 7],
  ['Paused', 8],
]);
const NAMES_BY_STATUS: ReadonlyMap<number, string> = new Map(
  [...STATUS_NAMES].map(([name, code]) => [code, name]),
);

export const statusName = (code: number): string => NAMES_BY_STATUS.get(code) ?? String(code);
export const statusCode = (status: keyof typeof WorkflowExecutionStatus.values): number =>
  WorkflowExecutionStatus.values[status];

export function valueFor(attribute: Attribute, value: Value): Scalar {
  if (attribute.kind === 'system' && attribute.form === 'status') return statusOf(value);
  if (attribute.kind === 'system' && attribute.form === 'duration') return durationMs(value);
  if (attribute.kind === 'system' && attribute.form === 'activityId' && value.kind === 'string')
    return standaloneExecutionId(value.text);
  if (attribute.kind === 'system' && attribute.form === 'operationId' && value.kind === 'string')
    return nexusExecutionId(value.text);
  switch (attribute.type) {
    case 'Keyword':
    case 'KeywordList':
    case 'Text':
      if (value.kind === 'string') return value.text;
      throw new ValueProblem('expected a string in quotes');
    case 'Int':
    case 'Double':
      if (value.kind === 'number') return finite(value.text);
      throw new ValueProblem('expected a number');
    case 'Bool':
      if (value.kind === 'boolean') return value.value;
      throw new ValueProblem('expected true or false');
    case 'Datetime':
      return timeMs(value);
  }
}

function finite(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  throw new ValueProblem('the number is out of range');
}

function statusOf(value: Value): number {
  const code =
    value.kind === 'string'
      ? STATUS_NAMES.get(value.text)
      : value.kind === 'number'
        ? Number(value.text)
        : undefined;
  if (code !== undefined && NAMES_BY_STATUS.has(code)) return code;
  throw new ValueProblem(`expected one of ${[...STATUS_NAMES.keys()].join(', ')}, or its number`);
}

const RFC_3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
const INTEGER = /^[+-]?\d+$/;

function timeMs(value: Value): number {
  if (value.kind === 'number' && INTEGER.test(value.text)) return nanosecondsToMs(value.text);
  const match = value.kind === 'string' ? RFC_3339.exec(value.text) : null;
  if (match === null)
    throw new ValueProblem('expected a time as RFC 3339, "2026-01-31T12:00:00Z", or Unix nanoseconds');
  const [, date = '', time = '', fraction = '', zone = ''] = match;
  const whole = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  // Date.parse takes the 31st of February for a day in March.
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(whole) || day.toISOString().slice(0, 10) !== date)
    throw new ValueProblem('there is no such time');
  return whole + Number(`0${fraction}`) * 1000;
}

function nanosecondsToMs(text: string): number {
  const nanoseconds = BigInt(text);
  return Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1e6;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};
const DURATION = /^([+-]?)((?:\d+(?:\.\d*)?|\.\d+)(?:ms|us|µs|ns|d|h|m|s))+$/;
const PART = /(\d+(?:\.\d*)?|\.\d+)(ms|us|µs|ns|d|h|m|s)/g;
const CLOCK = /^(\d+):([0-5]\d):([0-5]\d)$/;

function durationMs(value: Value): number {
  if (value.kind === 'number' && INTEGER.test(value.text)) return nanosecondsToMs(value.text);
  const text = value.kind === 'string' ? value.text : '';
  if (INTEGER.test(text)) return nanosecondsToMs(text);
  const clock = CLOCK.exec(text);
  if (clock !== null) return (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3])) * 1000;
  const match = DURATION.exec(text);
  if (match === null) throw new ValueProblem('expected a duration: nanoseconds, "1h30m", "2d" or "hh:mm:ss"');
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(PART))
    total += Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
  return match[1] === '-' ? -total : total;
}
