/** The Worker of the benchmark: shards of the index, and one bare object with the one index that its one query needs. */
import { DurableObject, exports } from 'cloudflare:workers';
import { defaultNamespace } from '../../src/objects/namespace/namespace-record.ts';
import { decodeInfo, indexedRun } from '../../src/objects/visibility/indexed-run.ts';
import { visibilityClass } from '../../src/objects/visibility/visibility.ts';
import type { VisibilityApi } from '../../src/objects/visibility/visibility-api.ts';
import { createVisibilityIndex } from '../../src/objects/visibility/visibility-index.ts';
import { homeShard, visibilityName } from '../../src/objects/visibility/visibility-shards.ts';
import { DAY, regionOf, updateOf } from './rows.ts';

interface Exports {
  Visibility: { getByName(name: string): unknown };
  BareIndex: { getByName(name: string): unknown };
}

const own = () => exports as unknown as Exports;
const shard = (namespace: string, number: number) =>
  own().Visibility.getByName(visibilityName(namespace, number)) as VisibilityApi;
const bare = () => own().BareIndex.getByName('bare') as BareApi;

export const Visibility = visibilityClass(() => ({
  ask: async () => [],
  purge: async () => {},
  shard,
  log: console.log,
}));

interface BarePage {
  rows: { close: number; start: number; runId: string; info: ArrayBuffer }[];
}

interface BareApi {
  fill(from: number, to: number): Promise<void>;
  page(query: {
    type: string;
    region: string;
    size: number;
    after?: [number, number, string];
  }): Promise<BarePage>;
}

/** What somebody would write who has this query and no other. */
export class BareIndex extends DurableObject implements BareApi {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY, run_id TEXT, type TEXT, status INTEGER, region TEXT,
        close REAL, start REAL, info BLOB);
      CREATE INDEX IF NOT EXISTS by_query ON runs (type, status, region, close, start, run_id);`);
  }

  async fill(from: number, to: number): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      for (let number = from; number < to; number++) {
        const { info, runId, workflowType, status, closeTime, startTime } = indexedRun(updateOf(number), {});
        const region = regionOf(number);
        const close = closeTime === null ? -9e15 : -closeTime;
        this.ctx.storage.sql.exec(
          'INSERT INTO runs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)',
          runId,
          workflowType,
          status,
          region,
          close,
          -startTime,
          info,
        );
      }
    });
  }

  async page({
    type,
    region,
    size,
    after = [-1e16, -1e16, ''],
  }: Parameters<BareApi['page']>[0]): Promise<BarePage> {
    const rows = this.ctx.storage.sql
      .exec(
        `SELECT close, start, run_id AS runId, info FROM runs WHERE type = ? AND status = 2 AND region = ?
          AND (close, start, run_id) > (?, ?, ?) ORDER BY close, start, run_id LIMIT ?`,
        type,
        region,
        ...after,
        size,
      )
      .toArray() as unknown as BarePage['rows'];
    return { rows };
  }
}

let shards = 4;
const index = createVisibilityIndex({
  namespaces: {
    find: async () => ({
      ...defaultNamespace('bench', DAY),
      visibilityShards: shards,
      customSearchAttributes: { Region: 'KEYWORD', Customer: 'KEYWORD' },
    }),
  },
  shard: (_namespace, number) => shard(`${shards}`, number),
});

interface Pages {
  runIds: string[];
  /** Of each page, seen from the Worker. */
  ms: number[];
  /** With which each page was asked for, but the first. */
  tokens: Uint8Array[];
}

async function listOurs(query: string, size: number): Promise<Pages> {
  const pages: Pages = { runIds: [], ms: [], tokens: [] };
  let nextPageToken: Uint8Array | undefined;
  do {
    const from = performance.now();
    const page = await index.list('bench', { query, pageSize: size, nextPageToken });
    pages.ms.push(performance.now() - from);
    if (!page.ok) throw new Error(page.error.message);
    pages.runIds.push(...page.value.executions.map(({ execution }) => execution.runId ?? ''));
    nextPageToken = page.value.nextPageToken;
    if (nextPageToken !== undefined) pages.tokens.push(nextPageToken);
  } while (nextPageToken !== undefined);
  return pages;
}

/** The second page of a listing, or the last full one, again and again. */
async function repeatPage(query: string, size: number, isLast: boolean, times: number) {
  const { tokens } = await listOurs(query, size);
  const nextPageToken = isLast ? tokens.at(-2) : tokens[0];
  for (let time = 0; time < times; time++)
    await index.list('bench', { query, pageSize: size, nextPageToken });
  return { pages: tokens.length + 1 };
}

async function listBare(type: string, region: string, size: number): Promise<Pages> {
  const pages: Pages = { runIds: [], ms: [], tokens: [] };
  let after: [number, number, string] | undefined;
  for (;;) {
    const from = performance.now();
    const { rows } = await bare().page({ type, region, size, ...(after && { after }) });
    const infos = rows.map(({ info }) => decodeInfo(new Uint8Array(info)));
    pages.ms.push(performance.now() - from);
    pages.runIds.push(...infos.map(({ execution }) => execution.runId ?? ''));
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return pages;
    after = [last.close, last.start, last.runId];
  }
}

const queryOf = (type: string, region: string): string =>
  `WorkflowType = '${type}' AND ExecutionStatus = 'Completed' AND Region = '${region}'`;

async function listBoth(type: string, region: string, size: number) {
  const ours = await listOurs(queryOf(type, region), size);
  const theirs = await listBare(type, region, size);
  return {
    isSame: ours.runIds.join() === theirs.runIds.join(),
    rows: ours.runIds.length,
    oursMs: ours.ms,
    theirsMs: theirs.ms,
  };
}

async function repeat(times: number, list: () => Promise<Pages>): Promise<{ pages: number }> {
  let pages = 0;
  for (let time = 0; time < times; time++) pages += (await list()).ms.length;
  return { pages };
}

async function fill(from: number, to: number): Promise<void> {
  const byShard = new Map<number, ReturnType<typeof indexedRun>[]>();
  for (let number = from; number < to; number++) {
    const run = indexedRun(updateOf(number), {});
    const home = homeShard(run.workflowId, shards);
    byShard.set(home, [...(byShard.get(home) ?? []), run]);
  }
  for (const [home, runs] of byShard)
    await shard(`${shards}`, home).upsert({ namespace: `${shards}`, shard: home, shards, changes: 0 }, runs);
}

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const number = (name: string) => Number(url.searchParams.get(name));
    if (url.searchParams.has('shards')) shards = number('shards');
    if (url.pathname === '/fill') {
      const from = performance.now();
      await fill(number('from'), number('to'));
      const ms = performance.now() - from;
      if (url.searchParams.get('bare')) await bare().fill(number('from'), number('to'));
      return Response.json({ ms });
    }
    const { type = '', region = '', side } = Object.fromEntries(url.searchParams) as Record<string, string>;
    const size = number('size');
    const deep = `ExecutionStatus = 'Completed' AND Region = '${region}'`;
    if (url.pathname === '/deep') return Response.json((await listOurs(deep, size)).ms);
    if (url.pathname === '/page')
      return Response.json(await repeatPage(deep, size, url.searchParams.has('last'), number('times')));
    if (url.pathname === '/list') return Response.json(await listBoth(type, region, size));
    const list = () =>
      side === 'bare' ? listBare(type, region, size) : listOurs(queryOf(type, region), size);
    return Response.json(await repeat(number('times'), list));
  },
};
