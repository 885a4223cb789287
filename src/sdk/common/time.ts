/** Durations as users write them: numbers of milliseconds, or strings such as `'10s'`, `'5 minutes'`, `'1.5 days'`. */
import { ValueError } from './errors.ts';

type Unit =
  | 'Years'
  | 'Year'
  | 'Yrs'
  | 'Yr'
  | 'Y'
  | 'Weeks'
  | 'Week'
  | 'W'
  | 'Days'
  | 'Day'
  | 'D'
  | 'Hours'
  | 'Hour'
  | 'Hrs'
  | 'Hr'
  | 'H'
  | 'Minutes'
  | 'Minute'
  | 'Mins'
  | 'Min'
  | 'M'
  | 'Seconds'
  | 'Second'
  | 'Secs'
  | 'Sec'
  | 's'
  | 'Milliseconds'
  | 'Millisecond'
  | 'Msecs'
  | 'Msec'
  | 'Ms';

type UnitAnyCase = Unit | Uppercase<Unit> | Lowercase<Unit>;

/** A duration as a string: a number, and a unit unless it is milliseconds. */
export type StringValue = `${number}` | `${number}${UnitAnyCase}` | `${number} ${UnitAnyCase}`;

/** A number of milliseconds, or a string such as `'3 days'`. */
export type Duration = StringValue | number;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** By what a unit's name begins with, longest first: `ms` and `msecs` before `m`. */
const UNITS: readonly (readonly [pattern: string, ms: number])[] = [
  ['milliseconds?|msecs?|ms', 1],
  ['seconds?|secs?|s', SECOND],
  ['minutes?|mins?|m', MINUTE],
  ['hours?|hrs?|h', HOUR],
  ['days?|d', DAY],
  ['weeks?|w', 7 * DAY],
  ['years?|yrs?|y', 365.25 * DAY],
];

/** One capture for the number, then one for each unit. */
const DURATION = new RegExp(
  `^(-?\\d*\\.?\\d+) *(?:${UNITS.map(([pattern]) => `(${pattern})`).join('|')})?$`,
  'i',
);
const LENGTH_MAX = 100;

function parseDurationString(text: unknown): number {
  if (typeof text !== 'string' || text === '') throw unreadable('Value is not a string or number.', text);
  if (text.length > LENGTH_MAX) throw unreadable('Value exceeds the maximum length of 100 characters.', text);
  const match = DURATION.exec(text);
  if (!match) throw new TypeError(`Invalid duration string: '${text}'`);
  const unit = UNITS.findIndex((_, index) => match[index + 2] !== undefined);
  return Number.parseFloat(match[1] ?? '') * (UNITS[unit]?.[1] ?? 1);
}

/** As the package has it that Temporal's SDK reads durations with. */
function unreadable(why: string, value: unknown): Error {
  return new Error(`${why}. value=${JSON.stringify(value)}`);
}

/**
 * A duration in milliseconds. A string that is none is a `TypeError`, an empty one or no string at all an `Error`.
 *
 * @deprecated Meant for internal use only.
 */
export function msToNumber(value: Duration): number {
  return typeof value === 'number' ? value : parseDurationString(value);
}

/** @deprecated Meant for internal use only. */
export function msOptionalToNumber(value: Duration | undefined): number | undefined {
  return value === undefined ? undefined : msToNumber(value);
}

/** A duration as messages hold it: finite milliseconds, else a `ValueError`. */
export function durationToMs(value: Duration): number {
  const ms = msToNumber(value);
  if (!Number.isFinite(ms)) throw new ValueError(`Invalid millis ${ms}`);
  return ms;
}

export function optionalDurationToMs(value: Duration | null | undefined): number | undefined {
  return value === undefined || value === null ? undefined : durationToMs(value);
}
