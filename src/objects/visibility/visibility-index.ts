/**
 * A namespace's index as one: updates to the shard that they belong to, listings merged from all shards in order.
 *
 * I1 A page is exact whatever the shards give: a shard whose runs are used up is asked for more before another's are taken.
 * I2 While the number of shards changes a run may be in two of them: then both have its latest row, and it is listed once.
 */
import type { Result } from '../../engine/api.ts';
import type { NamespaceDirectory, NamespaceRecord } from '../namespace/namespace-api.ts';
import { typeNamesOf } from '../namespace/search-attribute-types.ts';
import { statusName } from './filter-values.ts';
import { decodeInfo, indexedRun } from './indexed-run.ts';
import { decodeListToken, encodeListToken, type ListingPosition } from './page-token.ts';
import type {
  FoundRun,
  RunPosition,
  ShardAddress,
  ShardCount,
  ShardPage,
  ShardStatistics,
  VisibilityApi,
  VisibilityCount,
  VisibilityIndex,
  VisibilityPage,
} from './visibility-api.ts';
import { comparePositions } from './visibility-search.ts';
import { homeShard, SHARDS_DEFAULT } from './visibility-shards.ts';

export interface VisibilityIndexOptions {
  namespaces: Pick<NamespaceDirectory, 'find'>;
  /** A fresh stub. */
  shard(namespace: string, shard: number): VisibilityApi;
}

const PAGE_SIZE_MAX = 1000;
const PAGE_BYTES = 8_000_000;
const ATTEMPTS_MAX = 3;

export function createVisibilityIndex({ namespaces, shard }: VisibilityIndexOptions): VisibilityIndex {
  const settingsOf = async (namespace: string) => settings(namespace, await namespaces.find(namespace));
  const each = async <T>(namespace: string, call: (api: VisibilityApi, at: ShardAddress) => Promise<T>) => {
    const { shards, changes, asked } = await settingsOf(namespace);
    return Promise.all(
      range(asked).map((index) =>
        repeated(() => call(shard(namespace, index), { namespace, shard: index, shards, changes })),
      ),
    );
  };
  return {
    async update(namespace, workflowId, updates) {
      const record = await namespaces.find(namespace);
      // A namespace that is deleted erases what it hears of (X5); one that never was has nothing.
      if (record === undefined) return;
      const { shards, changes, before, attributes } = settings(namespace, record);
      // While the number changes by way of where it was: that passes it on (X2).
      const home = homeShard(workflowId, before);
      const runs = updates.map((update) => indexedRun(update, attributes));
      await shard(namespace, home).upsert({ namespace, shard: home, shards, changes }, runs);
    },

    async erase(namespace, workflowId, runIds) {
      const { shards, changes, before } = await settingsOf(namespace);
      const homes = new Set([homeShard(workflowId, shards), homeShard(workflowId, before)]);
      const runs = runIds.map((runId) => ({ workflowId, runId }));
      await Promise.all(
        [...homes].map((home) =>
          shard(namespace, home).erase({ namespace, shard: home, shards, changes }, runs),
        ),
      );
    },

    async list(namespace, { query, pageSize, nextPageToken, division }) {
      // A token goes on with its own listing only.
      const listed = division === undefined ? query : `${division}: ${query}`;
      const from = nextPageToken?.length ? decodeListToken(listed, nextPageToken) : undefined;
      if (nextPageToken?.length && from === undefined)
        return invalid('nextPageToken: expected a token from an earlier page of the same query');
      const { asked, attributes } = await settingsOf(namespace);
      const size = pageSize <= 0 || pageSize > PAGE_SIZE_MAX ? PAGE_SIZE_MAX : pageSize;
      const search = (index: number, limit: number, after?: RunPosition, asOf?: number) =>
        repeated(() =>
          shard(namespace, index).search({ namespace, query, attributes, division, limit, after, asOf }),
        );
      const listing = new Listing(search, asked, size, from);
      return listing.page(listed);
    },

    async count(namespace, query, division) {
      const { attributes } = await settingsOf(namespace);
      return sum(await each(namespace, (api) => api.count({ namespace, query, attributes, division })));
    },

    async refresh(namespace) {
      await each(namespace, (api, at) => api.refresh(at));
    },

    async rehome(namespace) {
      await each(namespace, (api, at) => api.rehome(at));
    },

    async leave(namespace) {
      await each(namespace, (api, at) => api.leave(at));
    },

    statistics: (namespace) => each(namespace, (api) => api.statistics()),

    async clear(namespace) {
      await each(namespace, (api) => api.clear());
    },
  };
}

/** Open runs of all shards together. */
export const openOf = (shards: readonly ShardStatistics[]): number =>
  shards.reduce((sum, { open }) => sum + open, 0);

function settings(namespace: string, record: NamespaceRecord | undefined) {
  const shards = record?.visibilityShards ?? SHARDS_DEFAULT;
  const before = record?.visibilityShardsBefore ?? shards;
  return {
    namespace,
    shards,
    changes: record?.visibilityShardChanges ?? 0,
    before,
    asked: Math.max(shards, before),
    attributes: record ? typeNamesOf(record) : {},
  };
}

type Search = (
  index: number,
  limit: number,
  after?: RunPosition,
  asOf?: number,
) => Promise<Result<ShardPage>>;

/** What is known of one shard while a page is put together. */
interface Source {
  index: number;
  runs: FoundRun[];
  /** Next of `runs` to take. */
  at: number;
  hasMore: boolean;
  asOf: number | undefined;
}

class Listing {
  readonly #search: Search;
  readonly #size: number;
  readonly #from: ListingPosition | undefined;
  readonly #sources: Source[];

  constructor(search: Search, shards: number, size: number, from: ListingPosition | undefined) {
    this.#search = search;
    this.#size = size;
    this.#from = from;
    this.#sources = range(shards).map((index) => {
      const asOf = from?.asOf[index] ?? undefined;
      return { index, runs: [], at: 0, hasMore: true, asOf };
    });
  }

  async page(query: string): Promise<Result<VisibilityPage>> {
    const taken: FoundRun[] = [];
    let bytes = 0;
    while (taken.length < this.#size && bytes < PAGE_BYTES) {
      const problem = await this.#fill(this.#size - taken.length, taken.at(-1));
      if (problem !== undefined) return problem;
      const next = this.#next();
      if (next === undefined) break;
      if (next.runId === taken.at(-1)?.runId) continue;
      taken.push(next);
      bytes += next.info.byteLength;
    }
    const executions = taken.map(({ info }) => decodeInfo(info));
    const last = taken.at(-1);
    if (last === undefined || !this.#hasMore()) return { ok: true, value: { executions } };
    const asOf = this.#sources.map((source) => source.asOf ?? null);
    return { ok: true, value: { executions, nextPageToken: encodeListToken(query, { after: last, asOf }) } };
  }

  /** I1. */
  async #fill(
    wanted: number,
    last: RunPosition | undefined,
  ): Promise<Extract<Result<never>, { ok: false }> | undefined> {
    const empty = this.#sources.filter(({ runs, at, hasMore }) => hasMore && at >= runs.length);
    if (empty.length === 0) return undefined;
    const limit = share(wanted, this.#sources.length);
    const pages = await Promise.all(
      empty.map((source) =>
        this.#search(source.index, limit, source.runs.at(-1) ?? last ?? this.#from?.after, source.asOf),
      ),
    );
    for (const [index, page] of pages.entries()) {
      if (!page.ok) return page;
      const source = empty[index] as Source;
      Object.assign(source, {
        runs: page.value.runs,
        at: 0,
        hasMore: page.value.hasMore,
        asOf: page.value.asOf,
      });
    }
    return undefined;
  }

  /** The first in order; of one run's rows in two shards the newer (I2). */
  #next(): FoundRun | undefined {
    let first: Source | undefined;
    for (const source of this.#sources) {
      const run = source.runs[source.at];
      if (run === undefined) continue;
      const best = first?.runs[first.at];
      const sign = best === undefined ? -1 : comparePositions(run, best) || best.version - run.version;
      if (sign < 0) first = source;
    }
    const run = first?.runs[first.at];
    if (first !== undefined) first.at += 1;
    return run;
  }

  #hasMore(): boolean {
    return this.#sources.some(({ runs, at, hasMore }) => hasMore || at < runs.length);
  }
}

/** Of a page's runs that one of several shards has, but for one page in twenty: then it is asked for the rest. */
function share(wanted: number, shards: number): number {
  const mean = wanted / shards;
  return Math.min(wanted, Math.ceil(mean + 2 * Math.sqrt(mean * (1 - 1 / shards))));
}

function sum(counts: readonly Result<ShardCount>[]): Result<VisibilityCount> {
  let count = 0;
  const groups = new Map<string | null, number>();
  for (const result of counts) {
    if (!result.ok) return result;
    count += result.value.count;
    for (const group of result.value.groups) {
      const value = typeof group.value === 'number' ? statusName(group.value) : group.value;
      groups.set(value, (groups.get(value) ?? 0) + group.count);
    }
  }
  return { ok: true, value: { count, groups: [...groups].map(([value, of]) => ({ value, count: of })) } };
}

/** Of a call that changes nothing when it is repeated. */
async function repeated<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { retryable, overloaded } = error as { retryable?: boolean; overloaded?: boolean };
      if (!retryable || overloaded || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

function invalid(message: string): Result<never> {
  return { ok: false, error: { code: 'INVALID_ARGUMENT', message } };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
