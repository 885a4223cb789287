/** Values of the API's JSON as text. Nothing becomes the empty text, which tables leave blank and blocks leave out. */
import type { Format, TextOptions } from './table.ts';

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === '';

export const plain: Format = (value) => {
  if (isNothing(value)) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** `WORKFLOW_EXECUTION_STATUS_TIMED_OUT` is `TimedOut`. */
export const named =
  (prefix: string): Format =>
  (value) =>
    typeof value === 'string'
      ? pascalCase(value.startsWith(prefix) ? value.slice(prefix.length) : value)
      : '';

export const pascalCase = (name: string): string =>
  name
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

export const workflowStatus: Format = named('WORKFLOW_EXECUTION_STATUS_');

/** `32 seconds ago`, or as `--time-format` says. */
export const time: Format = (value, options) => {
  if (typeof value !== 'string' || value === '') return '';
  const ms = Date.parse(value);
  if (options.timeFormat === 'raw' || Number.isNaN(ms)) return value;
  return options.timeFormat === 'iso' ? isoTime(ms) : relativeTime(ms - options.now());
};

export const times: Format = (value, options) =>
  Array.isArray(value) ? value.map((item) => time(item, options)).join(', ') : '';

/** Whatever `--time-format` says: of events, whose order is read from it. */
export const fixedTime: Format = (value, options) =>
  time(value, { ...options, timeFormat: options.timeFormat === 'raw' ? 'raw' : 'iso' });

const isoTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['week', 604_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

function relativeTime(ms: number): string {
  const distance = Math.abs(ms);
  const [unit, size] = UNITS.find(([, unitMs]) => distance >= unitMs) ?? ['', 0];
  if (size === 0) return 'now';
  const count = Math.floor(distance / size);
  const phrase = `${count} ${unit}${count === 1 ? '' : 's'}`;
  return ms < 0 ? `${phrase} ago` : `${phrase} from now`;
}

/** `5400s` is `1h30m0s`; nothing and `0s` are nothing. */
export const duration: Format = (value) => {
  const seconds = typeof value === 'string' ? Number.parseFloat(value) : 0;
  if (!(seconds > 0)) return '';
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = `${Number((seconds % 60).toFixed(3))}s`;
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${rest}`;
};

/** Payloads in shorthand: their values, with commas between them. */
export const payloads: Format = (value) => {
  const values = Array.isArray(value) ? value : (payloadsOf(value) ?? (isNothing(value) ? [] : [value]));
  return values.map((item) => JSON.stringify(payloadValue(item))).join(', ');
};

const payloadsOf = (value: unknown): unknown[] | undefined =>
  typeof value === 'object' && value !== null && 'payloads' in value && Array.isArray(value.payloads)
    ? value.payloads
    : undefined;

/** `{ fields }`, `{ indexedFields }` or `{ entries }`: `{"key": value}`, values out of their payloads. */
export const fields: Format = (value) => {
  if (typeof value !== 'object' || value === null) return '';
  const map = Object.values(value)[0] as Record<string, unknown> | undefined;
  if (map === undefined || Object.keys(map).length === 0) return '';
  return JSON.stringify(
    Object.fromEntries(Object.entries(map).map(([key, item]) => [key, payloadValue(item)])),
  );
};

/** Search attributes come in the long form even in shorthand, for the type in their metadata; so does what is no JSON. */
function payloadValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('data' in value && 'metadata' in value)) return value;
  try {
    return JSON.parse(Buffer.from(String(value.data), 'base64').toString());
  } catch {
    return value.data; // Not JSON, but something encoded in another way.
  }
}

/** A failure with what caused it, one to a line. */
export const failure: Format = (value) => {
  const lines: string[] = [];
  let at: unknown = value;
  for (let depth = 0; typeof at === 'object' && at !== null && depth < 20; depth++) {
    const { message, applicationFailureInfo, cause } = at as Record<string, unknown>;
    const { type, details } = (applicationFailureInfo ?? {}) as Record<string, unknown>;
    const kind = type ? ` (${String(type)})` : '';
    const more = details === undefined ? '' : `: ${payloads(details, TEXT)}`;
    lines.push(`${depth === 0 ? '' : 'caused by: '}${String(message ?? '')}${kind}${more}`);
    at = cause;
  }
  return lines.join('\n');
};

/** For formats that need none of it. */
const TEXT: TextOptions = { timeFormat: 'raw', isColored: false, now: () => 0 };

export const queueName: Format = (value) =>
  typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : plain(value, TEXT);

/** A share, from 0 to 100. */
export const percentage: Format = (value) => (typeof value === 'number' ? `${value}%` : '');

export const yes: Format = (value) => (value === true ? 'true' : '');
export const flagged: Format = (value) => String(value === true);
