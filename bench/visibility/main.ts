/**
 * `npm run bench:visibility [-- --rows 100000 --lists 60]`: rows are delivered straight to the shards of an index, and as many to
 * a bare object with the one SQLite index that the query needs. Listings by type, status and attribute, all pages of each, timed
 * in the Worker, in alternation; the order of both is compared row by row.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { quantile } from '../statistics.ts';
import { REGIONS, TYPES } from './rows.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    lists: { type: 'string', default: '60' },
    size: { type: 'string', default: '100' },
  },
});
const rows = Math.min(Number(values.rows), 1_000_000);
const lists = Math.min(Number(values.lists), 1000);
const BATCH = 500;

const output = await build({
  entryPoints: [join(import.meta.dirname, 'worker.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser', 'perdure-source'],
  external: ['cloudflare:*', 'node:*'],
});
const state = mkdtempSync(join(tmpdir(), 'perdure-visibility-'));
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    host: '127.0.0.1',
    port: 0,
    resourcePersistencePath: state,
    logRequests: false,
    unsafeObservability: false,
    modules: true,
    script: output.outputFiles[0]?.text ?? '',
    name: 'bench-visibility',
    compatibilityDate: '2026-11-16',
    compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
    durableObjects: {
      VISIBILITY: { className: 'Visibility', useSQLite: true },
      BARE: { className: 'BareIndex', useSQLite: true },
    },
  }),
);

interface Listing {
  isSame: boolean;
  rows: number;
  oursMs: number[];
  theirsMs: number[];
}

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${(await miniflare.ready).port}${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const sorted = (figures: number[]) => [...figures].sort((a, b) => a - b);
const text = (figure: number) => figure.toFixed(2).padStart(7);

async function measure(shards: number, isFirst: boolean): Promise<void> {
  let deliveredMs = 0;
  for (let from = 0; from < rows; from += BATCH) {
    const to = Math.min(from + BATCH, rows);
    const { ms } = await ask<{ ms: number }>(
      `/fill?shards=${shards}&from=${from}&to=${to}&bare=${isFirst ? 1 : ''}`,
    );
    deliveredMs += ms;
  }
  const ours: number[] = [];
  const theirs: number[] = [];
  let found = 0;
  for (let list = -10; list < lists; list++) {
    const type = TYPES[Math.abs(list) % TYPES.length];
    const region = `region-${Math.abs(list * 7) % REGIONS}`;
    const listing = await ask<Listing>(
      `/list?shards=${shards}&type=${type}&region=${region}&size=${values.size}`,
    );
    if (!listing.isSame) throw new Error(`The listing of ${type} in ${region} differs from the bare one`);
    if (list < 0) continue;
    found += listing.rows;
    ours.push(...listing.oursMs.slice(0, -1));
    theirs.push(...listing.theirsMs.slice(0, -1));
  }
  const [one, other] = [sorted(ours), sorted(theirs)];
  console.log(
    `\n${shards} shard(s), ${rows} rows, delivered at ${Math.round((rows / deliveredMs) * 1000)} rows/s`,
  );
  console.log(
    `  ${lists} listings by type, status and attribute: ${found} rows, in the same order as the bare query's`,
  );
  for (const q of [0.5, 0.99]) {
    const ratio = quantile(one, q) / quantile(other, q);
    console.log(
      `  a page of ${values.size}, ${q === 0.5 ? 'median' : 'p99   '}: ${text(quantile(one, q))} ms, bare ${text(quantile(other, q))} ms, ` +
        `${ratio.toFixed(2)}x (bound <= 3x: ${ratio <= 3 ? 'holds' : 'NOT MET'})`,
    );
  }
  const early: number[] = [];
  const late: number[] = [];
  let pages = 0;
  for (let region = 0; region < REGIONS; region++) {
    const query = `/deep?shards=${shards}&region=region-${region}&size=${values.size}`;
    const ms = (await ask<number[]>(query)).slice(0, -1);
    pages = Math.max(pages, ms.length);
    early.push(...ms.slice(0, Math.floor(ms.length / 3)));
    late.push(...ms.slice(-Math.floor(ms.length / 3)));
  }
  const median = (figures: number[]) => quantile(sorted(figures), 0.5);
  const [first, last] = [median(early), median(late)].map(text);
  console.log(
    `  ${pages} pages by status and attribute: median of the first third ${first} ms, of the last ${last} ms`,
  );
}

try {
  await measure(1, true);
  await measure(4, false);
} finally {
  await miniflare.dispose();
  rmSync(state, { recursive: true, force: true });
}
