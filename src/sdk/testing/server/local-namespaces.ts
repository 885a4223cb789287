/** The registry of namespaces, in memory. */
import type { NamespaceDirectory, NamespaceRecord } from '../../../objects/namespace/namespace-api.ts';
import {
  changeSearchAttributes,
  changeSettings,
  DEFAULT_NAMESPACE,
  defaultNamespace,
  refuse,
  registerNamespace,
  updateNamespace,
} from '../../../objects/namespace/namespace-record.ts';
import { StartTokens } from '../../../objects/namespace/start-gate.ts';

/** A test that skips years still finds what it ran before. */
const RETENTION_MS = 100 * 365 * 24 * 3_600_000;

export function localNamespaces(): NamespaceDirectory & { put(record: NamespaceRecord): void } {
  const records = new Map<string, NamespaceRecord>([
    [DEFAULT_NAMESPACE, { ...defaultNamespace(crypto.randomUUID(), Date.now()), retentionMs: RETENTION_MS }],
  ]);
  const starts = new Map<string, StartTokens>();
  const put = (record: NamespaceRecord): void => void records.set(record.name, record);
  return {
    put,
    find: async (name) => records.get(name),
    async register(request, { replacesDeleted = false } = {}) {
      const identity = { id: crypto.randomUUID(), now: Date.now(), replacesDeleted };
      const result = registerNamespace(records.get(request.namespace), request, identity);
      if (result.ok) put(result.value);
      return result;
    },
    async update(request) {
      const record = records.get(request.namespace);
      if (record === undefined) return notFound(request.namespace);
      const result = updateNamespace(record, request);
      if (result.ok) put(result.value);
      return result;
    },
    async changeSettings(name, settings) {
      const record = records.get(name);
      if (record === undefined) return notFound(name);
      const result = changeSettings(record, settings);
      if (result.ok) put(result.value);
      return result;
    },
    async changeSearchAttributes(name, change) {
      const record = records.get(name);
      if (record === undefined) return notFound(name);
      const result = changeSearchAttributes(record, change);
      if (result.ok) put(result.value);
      return result;
    },
    async takeStarts(name, request) {
      const bucket = starts.get(name) ?? new StartTokens();
      starts.set(name, bucket);
      return bucket.take(request, Date.now());
    },
    async list({ size, from }) {
      const sorted = [...records.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      const first = sorted.findIndex(({ name }) => from === undefined || name >= from);
      const next = first < 0 ? undefined : sorted[first + size]?.name;
      return {
        records: first < 0 ? [] : sorted.slice(first, first + size),
        ...(next !== undefined && { next }),
      };
    },
  };
}

const notFound = (name: string) => refuse('NOT_FOUND', `Namespace ${name} is not found.`);
