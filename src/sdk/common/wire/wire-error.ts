/**
 * What a decoder throws: the path of the offending field, what was expected there and what was found, for example
 * `retryPolicy.initialInterval: expected a duration such as "10s", got "abc"`.
 */
export class WireError extends Error {
  override readonly name = 'WireError';
  /** Where in the message: `retryPolicy.initialInterval`, `events[3].eventType`; empty for the message itself. */
  readonly path: string;
  /** The message without the path. */
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(path === '' ? reason : `${path}: ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}

const SHOWN_LENGTH_MAX = 80;

/** A value as error messages show it: JSON, cut. Never throws, never costs more than a glance at large values. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'string') return String(value);
  const text = JSON.stringify(value.slice(0, SHOWN_LENGTH_MAX));
  return value.length > SHOWN_LENGTH_MAX ? `${text.slice(0, -1)}..."` : text;
}

export function expected(what: string, found: unknown): WireError {
  return new WireError('', `expected ${what}, got ${show(found)}`);
}

/** The error with one more segment in front of its path. Anything else passes through. */
export function at(segment: string | number, error: unknown): unknown {
  if (!(error instanceof WireError)) return error;
  const head = typeof segment === 'number' ? `[${segment}]` : segment;
  const joint = error.path === '' || error.path.startsWith('[') ? '' : '.';
  return new WireError(`${head}${joint}${error.path}`, error.reason);
}
