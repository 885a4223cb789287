/**
 * What the Worker's variables say about who may call, read once per isolate. Anything that is set but cannot be understood is
 * an error to every caller: a typing mistake must not open the door, nor look as if it were closed for another reason.
 */

import type { ArchiveBucket } from '../objects/archive/archive-bucket.ts';
import type { PayloadBucket } from '../sdk/common/payload-bucket.ts';

/** Variables, secrets and bindings of the Worker. All are optional; without any, every call is refused. */
export interface RouteBindings {
  /** `true`: no key is asked for. For local use; `npm start` sets it. */
  PERDURE_OPEN?: string;
  /** A secret: JSON list of `{ "name", "key" or "hash", "namespaces": { "<namespace>" or "*": "read" | "write" | "admin" } }`. */
  PERDURE_API_KEYS?: string;
  /** Comma-separated origins whose pages may call, or `*`. None by default. */
  PERDURE_CORS_ORIGINS?: string;
  /** Comma-separated hosts under which an open server may be reached, besides this machine's own. */
  PERDURE_ALLOWED_HOSTS?: string;
  /** A bucket for payloads too large for history. Without it they are refused. */
  PAYLOADS?: PayloadBucket & Partial<ArchiveBucket>;
  /** A bucket for histories that have outlived their retention, in namespaces that want it. */
  ARCHIVE?: ArchiveBucket;
}

export type Right = 'read' | 'write' | 'admin';

export interface ApiKey {
  name: string;
  /** SHA-256, 32 bytes. */
  hash: Uint8Array;
  /** Namespace, or `*` for all, to right. */
  rights: ReadonlyMap<string, Right>;
}

export interface Settings {
  isOpen: boolean;
  keys: readonly ApiKey[];
  corsOrigins: readonly string[];
  allowedHosts: readonly string[];
}

const RIGHTS: readonly string[] = ['read', 'write', 'admin'] satisfies Right[];
const KEYS_MAX = 1000;
const LOCAL_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

let lastKey: string | undefined;
let lastSettings: Promise<Settings> | undefined;

/** Rejects with `SettingsError`. */
export function readSettings(bindings: RouteBindings | undefined): Promise<Settings> {
  const { PERDURE_OPEN, PERDURE_API_KEYS, PERDURE_CORS_ORIGINS, PERDURE_ALLOWED_HOSTS } = bindings ?? {};
  const key = JSON.stringify([PERDURE_OPEN, PERDURE_API_KEYS, PERDURE_CORS_ORIGINS, PERDURE_ALLOWED_HOSTS]);
  if (!lastSettings || lastKey !== key) {
    lastKey = key;
    lastSettings = parseSettings(bindings ?? {});
  }
  return lastSettings;
}

async function parseSettings(bindings: RouteBindings): Promise<Settings> {
  return {
    isOpen: parseOpen(bindings.PERDURE_OPEN),
    keys: await parseKeys(bindings.PERDURE_API_KEYS),
    corsOrigins: parseList(bindings.PERDURE_CORS_ORIGINS),
    allowedHosts: [...LOCAL_HOSTS, ...parseList(bindings.PERDURE_ALLOWED_HOSTS)].map((host) =>
      host.toLowerCase(),
    ),
  };
}

function parseOpen(text: string | undefined): boolean {
  if (text === undefined || text === '' || text === 'false') return false;
  if (text === 'true') return true;
  throw new SettingsError(`PERDURE_OPEN: expected "true" or "false", got ${JSON.stringify(text)}`);
}

function parseList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** Messages name the entry and never show what it holds. */
async function parseKeys(text: string | undefined): Promise<ApiKey[]> {
  if (text === undefined || text.trim() === '') return [];
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new SettingsError('PERDURE_API_KEYS: expected a JSON list of keys');
  }
  if (!Array.isArray(list)) throw new SettingsError('PERDURE_API_KEYS: expected a JSON list of keys');
  if (list.length > KEYS_MAX) throw new SettingsError(`PERDURE_API_KEYS: expected at most ${KEYS_MAX} keys`);
  return Promise.all(list.map((entry, index) => parseKey(entry, `PERDURE_API_KEYS[${index}]`)));
}

async function parseKey(entry: unknown, at: string): Promise<ApiKey> {
  if (!isRecord(entry)) throw new SettingsError(`${at}: expected an object`);
  const { name = '', key, hash, namespaces } = entry;
  if (typeof name !== 'string') throw new SettingsError(`${at}.name: expected a string`);
  if ((key === undefined) === (hash === undefined)) {
    throw new SettingsError(`${at}: expected either "key" or "hash"`);
  }
  return {
    name,
    hash: key === undefined ? parseHash(hash, at) : await hashOf(key, at),
    rights: parseRights(namespaces, at),
  };
}

function parseHash(hash: unknown, at: string): Uint8Array {
  if (typeof hash !== 'string' || !/^[0-9a-fA-F]{64}$/.test(hash)) {
    throw new SettingsError(`${at}.hash: expected the SHA-256 of the key in 64 hexadecimal digits`);
  }
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16));
}

async function hashOf(key: unknown, at: string): Promise<Uint8Array> {
  if (typeof key !== 'string' || key === '') throw new SettingsError(`${at}.key: expected a string`);
  return sha256(key);
}

export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function parseRights(namespaces: unknown, at: string): ReadonlyMap<string, Right> {
  if (!isRecord(namespaces)) {
    throw new SettingsError(`${at}.namespaces: expected an object such as {"default": "write"}`);
  }
  return new Map(
    Object.entries(namespaces).map(([namespace, right]) => {
      if (!isRight(right)) {
        throw new SettingsError(`${at}.namespaces: expected ${RIGHTS.join(', ')} for '${namespace}'`);
      }
      return [namespace, right];
    }),
  );
}

const isRight = (value: unknown): value is Right => typeof value === 'string' && RIGHTS.includes(value);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
