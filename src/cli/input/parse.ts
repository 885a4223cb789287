/** What people write behind flags, as the API takes it. */
import { UsageError } from '../command/usage-error.ts';

const SECONDS: Readonly<Record<string, number>> = {
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
};
const PART = /(\d+(?:\.\d+)?|\.\d+)(ms|us|µs|ns|d|h|m|s)/y;
/** What a duration of the API holds. */
const SECONDS_MAX = 315_576_000_000;

/** `90s`, `1h30m`, `7d`, `500ms` to seconds: `5400s`. */
export function parseDuration(text: string): string {
  const seconds = secondsOf(text);
  if (seconds === undefined)
    throw new UsageError(`expected a duration such as 30s, 5m, 1h30m or 7d, found '${text}'`);
  if (seconds > SECONDS_MAX) throw new UsageError(`'${text}' is longer than any duration may be`);
  return `${trimZeros(seconds.toFixed(9))}s`;
}

function secondsOf(text: string): number | undefined {
  if (text === '0') return 0;
  PART.lastIndex = 0;
  let seconds = 0;
  let end = 0;
  while (end < text.length) {
    const part = PART.exec(text);
    if (part === null) return undefined;
    seconds += Number(part[1]) * (SECONDS[part[2] ?? ''] ?? 0);
    end = PART.lastIndex;
  }
  return end === 0 ? undefined : seconds;
}

const trimZeros = (digits: string): string => digits.replace(/\.?0+$/, '');

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/i;

export function parseTime(text: string): string {
  const ms = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new UsageError(`expected a time such as 2026-11-22T10:00:00Z, with its zone, found '${text}'`);
  return new Date(ms).toISOString();
}

export function parseInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new UsageError(`expected a whole number of 0 or more, found '${text}'`);
  return value;
}

export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new UsageError(`expected a number of 0 or more, found '${text}'`);
  return value;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`expected JSON, found '${text}'${quotingHint(text)}`);
  }
}

/** Shells take the quotes of JSON away, which is the usual reason. */
export const quotingHint = (text: string): string =>
  /^[\w .:/@-]+$/.test(text) ? `. A text is written with its quotes: '"${text}"'` : '';

export function parsePair(text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new UsageError(`expected KEY=VALUE, found '${text}'`);
  return [text.slice(0, at), text.slice(at + 1)];
}
