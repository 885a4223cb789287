/** Durations and timestamps: numbers of milliseconds in memory, `"1.500s"` and RFC 3339 in JSON. */
import { expected } from './wire-error.ts';

const DURATION_SECONDS_MAX = 315_576_000_000;
const TIMESTAMP_MIN = -62_135_596_800_000;
const TIMESTAMP_END = 253_402_300_800_000;

/** The fraction of a second as JSON writes it: nothing, or 3, 6 or 9 digits with the point. */
function formatFraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = nanos.toString().padStart(9, '0');
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`;
  if (digits.endsWith('000')) return `.${digits.slice(0, 6)}`;
  return `.${digits}`;
}

export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > DURATION_SECONDS_MAX * 1000) {
    throw expected('a finite number of milliseconds', ms);
  }
  const sign = ms < 0 ? '-' : '';
  const magnitude = Math.abs(ms);
  let whole = Math.floor(magnitude);
  let nanosOfMs = Math.round((magnitude - whole) * 1e6);
  if (nanosOfMs === 1e6) {
    whole += 1;
    nanosOfMs = 0;
  }
  if (whole === 0 && nanosOfMs === 0) return '0s';
  const nanos = (whole % 1000) * 1e6 + nanosOfMs;
  return `${sign}${Math.floor(whole / 1000)}${formatFraction(nanos)}s`;
}

const DURATION = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

/** Milliseconds out of the digits behind a decimal point of seconds. */
function fractionMs(digits: string | undefined): number {
  if (digits === undefined) return 0;
  const padded = digits.padEnd(9, '0');
  return Number(`${padded.slice(0, 3)}.${padded.slice(3)}`);
}

export function parseDuration(value: unknown): number {
  const match = typeof value === 'string' ? DURATION.exec(value) : null;
  const seconds = match ? Number(match[2]) : Number.NaN;
  if (!match || !(seconds <= DURATION_SECONDS_MAX)) throw expected('a duration such as "10s"', value);
  const magnitude = seconds * 1000 + fractionMs(match[3]);
  return match[1] === '-' && magnitude !== 0 ? -magnitude : magnitude;
}

/** Fractions of a millisecond are kept to the microsecond: a double holds no more in this range. */
export function formatTimestamp(ms: number): string {
  if (!(ms >= TIMESTAMP_MIN && ms < TIMESTAMP_END)) {
    throw expected('milliseconds since the epoch between the years 1 and 9999', ms);
  }
  let whole = Math.floor(ms);
  let micros = Math.round((ms - whole) * 1000);
  if (micros === 1000) {
    whole += 1;
    micros = 0;
  }
  const iso = new Date(whole).toISOString();
  if (micros !== 0) return `${iso.slice(0, -1)}${micros.toString().padStart(3, '0')}Z`;
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso;
}

const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** Milliseconds of a date and time of day in UTC; NaN for one that is not in the calendar, such as 30 February. */
function utcMs(date: string, timeOfDay: string): number {
  const ms = Date.parse(`${date}T${timeOfDay}Z`);
  if (Number.isNaN(ms)) return ms;
  return new Date(ms).toISOString().startsWith(`${date}T${timeOfDay}`) ? ms : Number.NaN;
}

export function parseTimestamp(value: unknown): number {
  const match = typeof value === 'string' ? TIMESTAMP.exec(value) : null;
  const [, date = '', timeOfDay = '', fraction, sign, hours = '0', minutes = '0'] = match ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  const utc = utcMs(date, timeOfDay) - (sign === '-' ? -offset : offset);
  if (
    !match ||
    !(utc >= TIMESTAMP_MIN && utc < TIMESTAMP_END) ||
    Number(hours) > 23 ||
    Number(minutes) > 59
  ) {
    throw expected('a time such as "2026-01-05T10:00:00Z"', value);
  }
  return utc + fractionMs(fraction);
}
