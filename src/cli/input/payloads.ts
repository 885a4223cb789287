/** Values of the command line as payloads, in the long form of the API: what stands in them is nobody's shorthand. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FlagValues } from '../command/definition.ts';
import { pairs, text, texts, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { quotingHint } from './parse.ts';

export interface PayloadJson {
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: string;
}

type Pairs = readonly (readonly [string, string])[];

export const inputFlags = {
  input: texts('-i, --input <json>', 'An argument, as JSON'),
  inputFile: texts('--input-file <path>', 'A file that holds an argument'),
  inputMeta: pairs(
    '--input-meta <key=value>',
    "Metadata of the arguments' payloads, such as encoding=json/protobuf; a key given again is the next argument's",
  ),
  inputBase64: toggle('--input-base64', 'The arguments are base64, and are decoded'),
};

export const signalInputFlags = {
  signalInput: texts('--signal-input <json>', 'An argument of the signal, as JSON'),
  signalInputFile: texts('--signal-input-file <path>', 'A file that holds an argument of the signal'),
  signalInputMeta: pairs('--signal-input-meta <key=value>', "Metadata of the signal's payloads"),
  signalInputBase64: toggle('--signal-input-base64', "The signal's arguments are base64, and are decoded"),
};

export const updateInputFlags = {
  updateInput: texts('--update-input <json>', 'An argument of the update, as JSON'),
  updateInputFile: texts('--update-input-file <path>', 'A file that holds an argument of the update'),
  updateInputMeta: pairs('--update-input-meta <key=value>', "Metadata of the update's payloads"),
  updateInputBase64: toggle('--update-input-base64', "The update's arguments are base64, and are decoded"),
};

export const headersFlag = pairs('--headers <key=json>', 'A header for interceptors');
export const memoFlag = pairs('--memo <key=json>', 'A memo');
export const searchAttributeFlag = pairs('--search-attribute <key=json>', 'A search attribute');

/** Members for `{ input }`, `{ signalInput }`...: none when there are no arguments. */
export async function inputOf(
  flags: FlagValues<typeof inputFlags>,
  cwd: string,
): Promise<{ payloads: PayloadJson[] } | undefined> {
  const { input, inputFile, inputMeta, inputBase64 } = flags;
  const files = await Promise.all(inputFile.map((path) => readInput(resolve(cwd, path))));
  const values = [...input.map((value) => Buffer.from(value)), ...files];
  if (values.length === 0) return undefined;
  const metadata = metadataOf(inputMeta);
  return {
    payloads: values.map((value, index) => {
      const data = inputBase64 ? decodeBase64(value.toString()) : value;
      return inputPayload(data, metadata(index), index);
    }),
  };
}

async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read as an argument: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** A key given once is everyone's; given again, each is for the argument at its place. */
function metadataOf(pairs: Pairs): (index: number) => Record<string, string> {
  const byKey = new Map<string, string[]>();
  for (const [key, value] of pairs) byKey.set(key, [...(byKey.get(key) ?? []), value]);
  return (index) => ({
    encoding: 'json/plain',
    ...Object.fromEntries(
      [...byKey].map(([key, values]) => [key, (values.length === 1 ? values[0] : values[index]) ?? '']),
    ),
  });
}

function inputPayload(data: Buffer, metadata: Record<string, string>, index: number): PayloadJson {
  if (metadata.encoding?.startsWith('json/')) checkJson(data.toString(), `argument ${index + 1}`);
  return payload(data, metadata);
}

function decodeBase64(value: string): Buffer {
  const trimmed = value.trim();
  if (!/^[\w+/-]*={0,2}$/.test(trimmed))
    throw new UsageError(`expected base64, found '${trimmed.slice(0, 80)}'`);
  return Buffer.from(trimmed, 'base64');
}

function checkJson(value: string, what: string): void {
  try {
    JSON.parse(value);
  } catch {
    throw new UsageError(`${what}: expected JSON, found '${value.slice(0, 200)}'${quotingHint(value)}`);
  }
}

function payload(data: Buffer, metadata: Record<string, string>): PayloadJson {
  const encoded = Object.entries(metadata).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  return { metadata: Object.fromEntries(encoded), data: data.toString('base64') };
}

/** A value that is JSON text already. */
export function jsonPayload(value: string, what: string): PayloadJson {
  checkJson(value, what);
  return payload(Buffer.from(value), { encoding: 'json/plain' });
}

export const textPayload = (value: string): PayloadJson => jsonPayload(JSON.stringify(value), 'text');

/** For `{ memo: { fields } }`, `{ searchAttributes: { indexedFields } }` and `{ header: { fields } }`. */
export function fieldsOf(pairs: Pairs, flag: string): Record<string, PayloadJson> | undefined {
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(pairs.map(([key, value]) => [key, jsonPayload(value, `${flag} ${key}`)]));
}

export const summaryFlags = {
  staticSummary: text('--static-summary <text>', 'One line about it, for people'),
  staticDetails: text('--static-details <text>', 'More about it, for people'),
};

export function userMetadataOf({ staticSummary, staticDetails }: FlagValues<typeof summaryFlags>) {
  if (staticSummary === undefined && staticDetails === undefined) return undefined;
  return {
    ...(staticSummary !== undefined && { summary: textPayload(staticSummary) }),
    ...(staticDetails !== undefined && { details: textPayload(staticDetails) }),
  };
}
