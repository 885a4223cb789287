/** The disk on which the state is kept: a file system of its own, so that it can be full without harm to anything else. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Disruption } from './disruptions.ts';

/** An hour of runs takes some five gigabytes. It is memory only as far as it is used. */
const SIZE_MB = 12_288;
/** What is left of it, and then filled, to make it full. */
const LEFT_MB = 8;
const BLOCK = Buffer.alloc(1 << 20);
const SYNC_DELAY_US = 30_000;

export class Disk {
  readonly #folder: string;
  readonly #isOwn: boolean;

  /** Mounts one at `folder` if it is needed and this machine allows it. */
  constructor(folder: string, isNeeded: boolean) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    this.#isOwn = isNeeded && succeeds('mount', '-t', 'tmpfs', '-o', `size=${SIZE_MB}m`, 'tmpfs', folder);
  }

  /** Without what this machine does not allow; says so. */
  allowed(modes: readonly Disruption[]): Disruption[] {
    return modes.filter((mode) => {
      const isAllowed =
        (mode !== 'disk-full' || this.#isOwn) && (mode !== 'disk-slow' || succeeds('strace', '--version'));
      if (!isAllowed) console.log(`this machine does not allow ${mode}: left out`);
      return isAllowed;
    });
  }

  async whileFull(work: () => Promise<unknown>): Promise<void> {
    const filler = join(this.#folder, 'filler');
    this.#resize(usedMb(this.#folder) + LEFT_MB);
    fill(filler);
    try {
      await work();
    } finally {
      rmSync(filler, { force: true });
      this.#resize(SIZE_MB);
    }
  }

  #resize(megabytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${megabytes}m`, this.#folder]);
  }

  /** Writes and syncs of these processes take longer. */
  async whileSlow(processes: readonly number[], work: () => Promise<unknown>): Promise<void> {
    const calls = 'fsync,fdatasync,pwrite64';
    const parameters = ['-f', '-q', '-o', '/dev/null', '-e', `trace=${calls}`];
    const injection = ['-e', `inject=${calls}:delay_enter=${SYNC_DELAY_US}`];
    const targets = processes.flatMap((id) => ['-p', String(id)]);
    const tracer = spawn('strace', [...parameters, ...injection, ...targets], { stdio: 'ignore' });
    const isGone = new Promise<void>((settle) => tracer.once('exit', () => settle()));
    try {
      await work();
    } finally {
      tracer.kill('SIGTERM');
      await isGone;
    }
  }

  close(): void {
    if (this.#isOwn) execFileSync('umount', ['-l', this.#folder]);
  }
}

function usedMb(folder: string): number {
  const { blocks, bfree, bsize } = statfsSync(folder);
  return Math.ceil(((blocks - bfree) * bsize) / 2 ** 20);
}

/** To the last block. */
function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (;;) writeSync(handle, BLOCK);
  } catch (error) {
    const isFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
    if (!isFull || statfsSync(file).bavail > 256) throw error;
  } finally {
    closeSync(handle);
  }
}

function succeeds(command: string, ...parameters: string[]): boolean {
  try {
    execFileSync(command, parameters, { stdio: 'ignore' });
    return true;
  } catch {
    return false; // Not there, or not allowed.
  }
}
