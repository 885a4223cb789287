/**
 * What is done to a runtime beside killing it: told to end, stopped for a while, started with other code, its disk full or slow. Those
 * of the disk need root on Linux (a file system of its own for the state) and strace; where they cannot be had they are left out.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type KillKind, killKinds, type Server } from '../lib/server.ts';
import { changeCode } from './changed-code.ts';
import type { Disk } from './disk.ts';
import type { Random } from './options.ts';

export const disruptions = [...killKinds, 'term', 'stop', 'deploy', 'disk-full', 'disk-slow'] as const;
export type Disruption = (typeof disruptions)[number];

export interface Target {
  server: Server;
  /** The copy of the repository whose Worker runs. */
  repository: string;
  disk: Disk;
  random: Random;
}

/** Resolves when the runtime answers again; with whether it did so without a start of ours. */
export async function disrupt(
  kind: Disruption,
  { server, repository, disk, random }: Target,
): Promise<boolean> {
  switch (kind) {
    case 'term':
      return restart(server);
    case 'deploy':
      return restart(server, () => changeCode(repository));
    case 'stop':
      await server.pause(random.between(1_000, 20_000));
      return true;
    case 'disk-full':
      await disk.whileFull(() => delay(random.between(1_000, 8_000)));
      return orStart(server, await server.recovers());
    case 'disk-slow':
      await disk.whileSlow(server.runtimeIds(), () => delay(random.between(2_000, 10_000)));
      return orStart(server, await server.recovers());
    default:
      return orStart(server, await server.kill(kind satisfies KillKind));
  }
}

async function restart(server: Server, meanwhile: () => void = () => {}): Promise<boolean> {
  await server.stop();
  meanwhile();
  await server.start();
  return false;
}

async function orStart(server: Server, isBack: boolean): Promise<boolean> {
  if (!isBack) await server.start();
  return isBack;
}
