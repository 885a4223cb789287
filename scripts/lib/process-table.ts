/**
 * What runs on this machine: process IDs with their parents and start times, from /proc where there is one
 * (Linux, also in images without `ps`) and from `ps` elsewhere (macOS).
 *
 * P1. A process ID alone names nothing, since IDs are used again. A process is named by its ID and start time.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface ProcessIdentity {
  pid: number;
  /** Opaque, equal for as long as the process lives: clock ticks since boot on Linux, a date elsewhere. */
  startedAt: string;
}

export interface ProcessEntry extends ProcessIdentity {
  parentPid: number;
  command: string;
}

/** Every process this user can see, by process ID. */
export function readProcessTable(): Map<number, ProcessEntry> {
  const entries = existsSync('/proc/self/stat') ? readProc() : readPs();
  return new Map(entries.map((entry) => [entry.pid, entry]));
}

/** The entry if exactly this process still runs (P1). */
export function findLive(
  table: Map<number, ProcessEntry>,
  identity: ProcessIdentity,
): ProcessEntry | undefined {
  const entry = table.get(identity.pid);
  return entry?.startedAt === identity.startedAt ? entry : undefined;
}

/** All processes below `root`, parents before children. */
export function descendantsOf(table: Map<number, ProcessEntry>, root: number): ProcessEntry[] {
  const found: ProcessEntry[] = [];
  const parents = new Set([root]);
  for (let sizeBefore = 0; sizeBefore !== parents.size; ) {
    sizeBefore = parents.size;
    for (const entry of table.values()) {
      if (!parents.has(entry.pid) && parents.has(entry.parentPid)) {
        parents.add(entry.pid);
        found.push(entry);
      }
    }
  }
  return found;
}

/** Whether the process was started with this `NAME=value`. Always false where there is no /proc to ask. */
export function hasInEnvironment(pid: number, assignment: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(assignment);
  } catch {
    return false; // Another user's process, one that has ended, or no /proc.
  }
}

function readProc(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcEntry(Number(name)));
}

function readProcEntry(pid: number): ProcessEntry[] {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return parseProcStat(pid, readFileSync(`/proc/${pid}/stat`, 'utf8'), command);
  } catch {
    return []; // It ended between the listing and the reading.
  }
}

/** The second field, the name in brackets, may itself hold brackets and blanks: what follows the last one counts. */
export function parseProcStat(pid: number, stat: string, command: string): ProcessEntry[] {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid] = fields;
  const startedAt = fields[19];
  if (state === 'Z' || state === 'X' || parentPid === undefined || startedAt === undefined) return [];
  return [{ pid, parentPid: Number(parentPid), startedAt, command }];
}

function readPs(): ProcessEntry[] {
  const listing = execFileSync('ps', ['-axo', 'pid=,ppid=,state=,lstart=,command='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 64 * 1024 * 1024,
  });
  return listing.split('\n').flatMap(parsePsLine);
}

/** `  501   1 S    Fri Nov 20 23:54:24 2026     /usr/bin/workerd serve` */
export function parsePsLine(line: string): ProcessEntry[] {
  const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d{4})\s+(.*)$/.exec(line);
  const [, pid, parentPid, state, startedAt, command] = match ?? [];
  if (!pid || !parentPid || !startedAt || command === undefined || state?.startsWith('Z')) return [];
  return [
    { pid: Number(pid), parentPid: Number(parentPid), startedAt: startedAt.replace(/\s+/g, ' '), command },
  ];
}
