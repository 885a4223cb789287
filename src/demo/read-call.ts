/** What a request to the demo service says, checked once: the books and the rules behind take plain types. */
import type { Fault, Item, ServiceCall } from './operations.ts';

/** Bounds of what one request may say: its line in the books has to fit a row. */
const TEXT_LENGTH_MAX = 10_000;
const ITEMS_MAX = 1_000;

export type CallBody = Omit<ServiceCall, 'operation' | 'key'>;

/** `undefined` where the body has nothing under that name. Throws `BadCallError`. */
type Reader<T> = (value: unknown, at: string) => T;

/** A mistake of the caller; its message names the field. */
export class BadCallError extends Error {
  override readonly name = 'BadCallError';
}

/** Throws `BadCallError`. */
export function readCall(body: unknown): CallBody {
  const fields = record(body, 'body');
  return {
    subject: text(fields.subject, 'subject'),
    undoKey: optional(text)(fields.undoKey, 'undoKey'),
    attempt: optional(count)(fields.attempt, 'attempt'),
    amount: optional(number)(fields.amount, 'amount'),
    items: optional(items)(fields.items, 'items'),
    recipient: optional(text)(fields.recipient, 'recipient'),
    message: optional(text)(fields.message, 'message'),
    fault: optional(fault)(fields.fault, 'fault'),
  };
}

const fault: Reader<Fault> = (value, at) => {
  const { failures, lostAnswers, refuse, delayMs } = record(value, at);
  return withoutUndefined({
    failures: optional(count)(failures, `${at}.failures`),
    lostAnswers: optional(count)(lostAnswers, `${at}.lostAnswers`),
    refuse: optional(flag)(refuse, `${at}.refuse`),
    delayMs: optional(count)(delayMs, `${at}.delayMs`),
  });
};

const items: Reader<Item[]> = (value, at) => {
  if (!Array.isArray(value)) throw wrong(at, 'a list of items', value);
  if (value.length > ITEMS_MAX) throw new BadCallError(`${at}: at most ${ITEMS_MAX}, found ${value.length}`);
  return value.map((entry, index) => {
    const { sku, quantity } = record(entry, `${at}[${index}]`);
    return { sku: text(sku, `${at}[${index}].sku`), quantity: number(quantity, `${at}[${index}].quantity`) };
  });
};

function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (value, at) => (value === undefined ? undefined : read(value, at));
}

function record(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(at, 'an object', value);
  return value as Record<string, unknown>;
}

const text: Reader<string> = (value, at) => {
  if (typeof value !== 'string') throw wrong(at, 'a text', value);
  if (value.length > TEXT_LENGTH_MAX) {
    throw new BadCallError(`${at}: at most ${TEXT_LENGTH_MAX} characters, found ${value.length}`);
  }
  return value;
};

const number: Reader<number> = (value, at) => {
  if (typeof value !== 'number') throw wrong(at, 'a number', value);
  return value;
};

const count: Reader<number> = (value, at) => {
  if (!Number.isSafeInteger(value) || Number(value) < 0)
    throw wrong(at, 'a whole number of 0 or more', value);
  return Number(value);
};

const flag: Reader<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw wrong(at, 'true or false', value);
  return value;
};

/** A fault asked for by name outranks that of a product's name, and one left out does not. */
function withoutUndefined(values: Fault): Fault {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function wrong(at: string, expected: string, found: unknown): BadCallError {
  const shown = found === undefined ? 'nothing' : (JSON.stringify(found) ?? String(found));
  return new BadCallError(`${at}: expected ${expected}, found ${shown.slice(0, 100)}`);
}
