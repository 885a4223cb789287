/**
 * Load for a long time, at a share of what this machine does: whether memory, latency and file handles stay where they are. Runs are
 * started at a steady pace, whether or not those before have ended, and each is waited for. Linux: reads /proc.
 *
 * K1 The first third is warming up: isolates fill, objects that rest are not yet evicted.
 * K2 Flat means: no median of the last third is above that of the middle third by more than a quarter for latencies, a twentieth
 *    for what is held. The disk grows with the runs that are kept, and is only shown.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '../lib/server.ts';
import { Api } from './api.ts';
import type { CrashOptions } from './options.ts';

const CALIBRATION_MS = 20_000;
const CALIBRATION_AT_ONCE = 24;
const WINDOWS = 30;
/** Latency is noisy on a machine that does other things too; what is held is not. */
const GROWTH_MAX = { p50: 1.25, p95: 1.25, memoryMb: 1.05, handles: 1.05 };

interface Window {
  minute: number;
  runs: number;
  failed: number;
  p50: number;
  p95: number;
  p99: number;
  memoryMb: number;
  handles: number;
  stateMb: number;
}

const ORDER = { items: [{ sku: 'lamp', quantity: 1 }], amount: 5 };

class Load {
  readonly #api: Api;
  #started = 0;
  failed = 0;
  latencies: number[] = [];

  constructor(api: Api) {
    this.#api = api;
  }

  /** One order, from its start to its result. */
  async one(): Promise<void> {
    this.#started += 1;
    const id = `soak-${process.pid}-${this.#started}`;
    const before = performance.now();
    try {
      await this.#api.start(id, 'order', { ...ORDER, orderId: id });
      const { status } = await this.#api.result(id, '60s');
      if (status !== 'COMPLETED') this.failed += 1;
    } catch {
      this.failed += 1; // Counted, and shown in the table.
    }
    this.latencies.push(performance.now() - before);
  }

  take(): { latencies: number[]; failed: number } {
    const taken = { latencies: this.latencies.sort((a, b) => a - b), failed: this.failed };
    this.latencies = [];
    this.failed = 0;
    return taken;
  }
}

export async function soak(server: Server, { minutes, share }: CrashOptions): Promise<boolean> {
  const load = new Load(new Api(server.url));
  const most = await throughput(load);
  const pace = (most * share) / 100;
  console.log(
    `at most ${most.toFixed(1)} orders a second; soaking at ${pace.toFixed(1)} for ${minutes} minutes`,
  );
  const windows = await run(server, load, pace, minutes);
  console.table(windows);
  return isFlat(windows);
}

/** Orders a second with as many at once as it takes to keep the machine busy. */
async function throughput(load: Load): Promise<number> {
  const until = performance.now() + CALIBRATION_MS;
  const client = async () => {
    while (performance.now() < until) await load.one();
  };
  await Promise.all(Array.from({ length: CALIBRATION_AT_ONCE }, client));
  const { latencies, failed } = load.take();
  return Math.max(((latencies.length - failed) * 1_000) / CALIBRATION_MS, 0.5);
}

async function run(server: Server, load: Load, pace: number, minutes: number): Promise<Window[]> {
  const windows: Window[] = [];
  const pending = new Set<Promise<void>>();
  const startedAt = performance.now();
  const windowMs = (minutes * 60_000) / WINDOWS;
  let started = 0;
  for (let window = 1; window <= WINDOWS; window++) {
    while (performance.now() < startedAt + window * windowMs) {
      const wanted = ((performance.now() - startedAt) / 1_000) * pace;
      for (; started < wanted; started++) {
        const work = load.one();
        pending.add(work);
        void work.finally(() => pending.delete(work));
      }
      await delay(10);
    }
    windows.push(look(server, load, (window * windowMs) / 60_000));
  }
  await Promise.all(pending);
  return windows;
}

function look(server: Server, load: Load, minute: number): Window {
  const { latencies, failed } = load.take();
  const at = (share: number) => Math.round(latencies[Math.floor((latencies.length - 1) * share)] ?? 0);
  const ids = server.runtimeIds();
  return {
    minute: Math.round(minute * 10) / 10,
    runs: latencies.length,
    failed,
    ...{ p50: at(0.5), p95: at(0.95), p99: at(0.99) },
    memoryMb: Math.round(ids.reduce((sum, id) => sum + residentMb(id), 0)),
    handles: ids.reduce((sum, id) => sum + readdirSync(`/proc/${id}/fd`).length, 0),
    stateMb: Math.round(sizeOf(server.stateFolder) / 2 ** 20),
  };
}

function residentMb(id: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? [];
  return Number(kilobytes ?? 0) / 1_024;
}

function sizeOf(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return bytes;
}

/** K1, K2. */
function isFlat(windows: readonly Window[]): boolean {
  const third = Math.floor(windows.length / 3);
  const failed = windows.reduce((sum, window) => sum + window.failed, 0);
  let isGood = failed === 0;
  if (!isGood) console.log(`FAILED: ${failed} orders did not complete`);
  for (const key of ['p50', 'p95', 'memoryMb', 'handles'] as const) {
    const middle = median(windows.slice(third, 2 * third).map((window) => window[key]));
    const last = median(windows.slice(2 * third).map((window) => window[key]));
    const isSteady = last <= middle * GROWTH_MAX[key];
    console.log(`${isSteady ? 'flat' : 'GROWS'}: ${key} ${middle} in the middle third, ${last} in the last`);
    isGood &&= isSteady;
  }
  console.log(isGood ? 'passed' : 'FAILED');
  return isGood;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
