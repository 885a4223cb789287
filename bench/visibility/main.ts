/**
 * `npm run bench:visibility [-- --rows 100000 --lists 60]`: rows are delivered straight to the shards of an index, and as many to
 * a bare object with the one SQLite index that the query needs. Listings by type, status and attribute, all pages of each, timed
 * in the Worker, in alternation; the order of both is compared row by row. What else runs on the machine lengthens the times; the
 * processor time of both sides, taken from the system, it does not.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serve } from '../miniflare.ts';
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
const PAGE_TIMES = 300;

const host = await serve({
  name: 'bench-visibility',
  entryPoint: join(import.meta.dirname, 'worker.ts'),
  objects: { VISIBILITY: 'Visibility', BARE: 'BareIndex' },
});

interface Listing {
  isSame: boolean;
  rows: number;
  oursMs: number[];
  theirsMs: number[];
}

async function ask<T>(path: string): Promise<T> {
  const response = await fetch(`${host.origin}${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const sorted = (figures: number[]) => [...figures].sort((a, b) => a - b);
const text = (figure: number) => figure.toFixed(2).padStart(7);

async function measure(shards: number, isFirst: boolean): Promise<void> {
  const deliveredMs = await deliver(shards, isFirst);
  console.log(
    `\n${shards} shard(s), ${rows} rows, delivered at ${Math.round((rows / deliveredMs) * 1000)} rows/s`,
  );
  await measureTimes(shards);
  await measureProcessor(shards);
  await measureDepth(shards);
}

async function deliver(shards: number, isFirst: boolean): Promise<number> {
  let deliveredMs = 0;
  for (let from = 0; from < rows; from += BATCH) {
    const to = Math.min(from + BATCH, rows);
    const { ms } = await ask<{ ms: number }>(
      `/fill?shards=${shards}&from=${from}&to=${to}&bare=${isFirst ? 1 : ''}`,
    );
    deliveredMs += ms;
  }
  return deliveredMs;
}

/** The parameters of one listing of many, each by another type and attribute. */
function listing(list: number, shards: number): string {
  const type = TYPES[Math.abs(list) % TYPES.length];
  return `shards=${shards}&type=${type}&region=region-${Math.abs(list * 7) % REGIONS}&size=${values.size}`;
}

async function measureTimes(shards: number): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  let found = 0;
  for (let list = -10; list < lists; list++) {
    const both = await ask<Listing>(`/list?${listing(list, shards)}`);
    if (!both.isSame) throw new Error(`The listing by ${listing(list, shards)} differs from the bare one`);
    if (list < 0) continue;
    found += both.rows;
    ours.push(...both.oursMs.slice(0, -1));
    theirs.push(...both.theirsMs.slice(0, -1));
  }
  console.log(
    `  ${lists} listings by type, status and attribute: ${found} rows, in the same order as the bare query's`,
  );
  const [one, other] = [sorted(ours), sorted(theirs)];
  for (const q of [0.5, 0.99]) compare(q === 0.5 ? 'median' : 'p99', quantile(one, q), quantile(other, q));
}

/** Listings of one side and of the other in turns, enough of them for a clock of hundredths of a second. */
async function measureProcessor(shards: number): Promise<void> {
  const used = { ours: 0, bare: 0 };
  let pages = 0;
  for (let list = 0; list < Math.min(lists, 20); list++) {
    for (const side of ['ours', 'bare'] as const) {
      const before = host.processorSeconds();
      const { pages: read } = await ask<{ pages: number }>(
        `/repeat?${listing(list, shards)}&side=${side}&times=20`,
      );
      used[side] += host.processorSeconds() - before;
      if (side === 'ours') pages += read;
    }
  }
  compare('processor', (used.ours / pages) * 1000, (used.bare / pages) * 1000);
}

function compare(what: string, ours: number, theirs: number): void {
  const ratio = ours / theirs;
  console.log(
    `  a page of ${values.size}, ${what.padEnd(9)}: ${text(ours)} ms, bare ${text(theirs)} ms, ` +
      `${ratio.toFixed(2)}x (bound <= 3x: ${ratio <= 3 ? 'holds' : 'NOT MET'})`,
  );
}

async function measureDepth(shards: number): Promise<void> {
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
  const [near, far] = [await pageProcessor(shards, ''), await pageProcessor(shards, '&last=1')].map(text);
  console.log(`  ... processor: of the second page ${near} ms, of the last full one ${far} ms`);
}

/** Milliseconds of processor that one page takes, the second or the last full one of its listing. */
async function pageProcessor(shards: number, which: string): Promise<number> {
  const page = (times: number) =>
    ask<{ pages: number }>(
      `/page?shards=${shards}&region=region-1&size=${values.size}&times=${times}${which}`,
    );
  // What it takes to get there is not the page's.
  const start = host.processorSeconds();
  await page(0);
  const before = host.processorSeconds();
  await page(PAGE_TIMES);
  return ((host.processorSeconds() - before - (before - start)) / PAGE_TIMES) * 1000;
}

try {
  await measure(1, true);
  await measure(4, false);
} finally {
  await host.dispose();
}
