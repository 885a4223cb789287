/** Conversions to and from protobuf timestamps, which Temporal's package exports for internal use and deprecates. */
import { ValueError } from './errors.ts';
import { type Duration, msToNumber } from './time.ts';

/** A 64-bit integer as the `long` package has it, as far as it is needed here. */
export interface LongLike {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
  toNumber(): number;
  toString(): string;
}

/** One that `long` takes for its own, and that tests find equal to it: the package itself is too large for every Worker. */
class Long implements LongLike {
  /** What `Long.isLong()` asks for. */
  declare readonly __isLong__: true;
  readonly low: number;
  readonly high: number;
  readonly unsigned = false;

  static {
    Object.defineProperty(Long.prototype, '__isLong__', { value: true });
  }

  constructor(value: number) {
    this.low = value | 0;
    this.high = Math.floor(value / 2 ** 32) | 0;
  }

  toNumber(): number {
    return this.high * 2 ** 32 + (this.low >>> 0);
  }

  toString(): string {
    return String(this.toNumber());
  }
}

/** A protobuf timestamp or duration. */
export interface Timestamp {
  seconds?: LongLike | null;
  nanos?: number | null;
}

/** @deprecated Meant for internal use only. */
export function tsToMs(ts: Timestamp | null | undefined): number {
  if (ts === undefined || ts === null) throw new Error(`Expected timestamp, got ${ts}`);
  const seconds = ts.seconds?.toNumber() ?? 0;
  return seconds * 1000 + Math.floor((ts.nanos ?? 0) / 1_000_000);
}

/** @deprecated Meant for internal use only. */
export function optionalTsToMs(ts: Timestamp | null | undefined): number | undefined {
  return ts === undefined || ts === null ? undefined : tsToMs(ts);
}

/** @deprecated Meant for internal use only. */
export function msNumberToTs(millis: number): Timestamp {
  if (!Number.isFinite(millis)) throw new ValueError(`Invalid millis ${millis}`);
  return { seconds: new Long(Math.floor(millis / 1000)), nanos: (millis % 1000) * 1_000_000 };
}

/** @deprecated Meant for internal use only. */
export function msToTs(value: Duration): Timestamp {
  return msNumberToTs(msToNumber(value));
}

/** @deprecated Meant for internal use only. */
export function msOptionalToTs(value: Duration | undefined): Timestamp | undefined {
  return value === undefined || value === null ? undefined : msToTs(value);
}

/** @deprecated Meant for internal use only. */
export function tsToDate(ts: Timestamp): Date {
  return new Date(tsToMs(ts));
}

/** @deprecated Meant for internal use only. */
export function optionalTsToDate(ts: Timestamp | null | undefined): Date | undefined {
  return ts === undefined || ts === null ? undefined : tsToDate(ts);
}

/** Throws a `TypeError` that names the field when there is no timestamp. */
export function requiredTsToMs(ts: Timestamp | null | undefined, fieldName: string): number {
  if (ts === undefined || ts === null)
    throw new TypeError(`Expected ${fieldName} to be a timestamp, got ${ts}`);
  return tsToMs(ts);
}

/** Throws a `TypeError` that names the field when there is no timestamp. */
export function requiredTsToDate(ts: Timestamp | null | undefined, fieldName: string): Date {
  return new Date(requiredTsToMs(ts, fieldName));
}

export function optionalDateToTs(date: Date | null | undefined): Timestamp | undefined {
  return date === undefined || date === null ? undefined : msNumberToTs(date.getTime());
}
