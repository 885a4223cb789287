/**
 * The record of what `npm start` started, kept inside the state folder it opened, so that the next start can tell a
 * folder in use from one whose processes were killed, and can end what is left of those.
 *
 * R1. One live starter per state folder: the record is created exclusively, and taken over only from a dead one.
 * R2. Only processes the record names are ever ended: by ID and start time, or by the run ID they inherited.
 * R3. A record copied along with its folder does not count: it names the folder it was written for.
 * R4. A folder that is gone, or is another's by now, is never written to: whoever runs on it has to stop.
 */
import { randomUUID } from 'node:crypto';
import {
  accessSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  descendantsOf,
  findLive,
  hasInEnvironment,
  type ProcessIdentity,
  readProcessTable,
} from './process-table.ts';

export interface RunRecord {
  version: 1;
  /** Stands in the environment of everything this run starts, as RUN_ID_VARIABLE. */
  runId: string;
  stateFolder: string;
  port: number;
  starter: ProcessIdentity;
  /** wrangler, its workerd and esbuild processes, as far as seen. */
  children: ProcessIdentity[];
}

/** Another live `npm start` has the state folder open. */
export class StateFolderInUseError extends Error {
  override name = 'StateFolderInUseError';
}

/** The state folder, or the record in it, was removed while the runtime ran on it (R4). */
export class StateFolderLostError extends Error {
  override name = 'StateFolderLostError';
}

/** The state folder cannot be made or written. */
export class StateFolderUnusableError extends Error {
  override name = 'StateFolderUnusableError';
}

/** Names the run in the environment of its processes, so that one killed before it was recorded is found too. */
export const RUN_ID_VARIABLE = 'PERDURE_RUN_ID';

const GRACE_MS = 3_000;

/** Makes the folder this process's own, or throws `StateFolderInUseError`. Ends leftovers of a killed start first. */
export async function openStateFolder(folder: string, port: number): Promise<RunRecord> {
  const stateFolder = makeFolder(folder);
  const starter = identityOf(process.pid);
  const record: RunRecord = { version: 1, runId: randomUUID(), stateFolder, port, starter, children: [] };
  for (let attempt = 1; attempt <= 5; attempt++) {
    if (createRecord(record)) return record;
    await takeOver(stateFolder);
  }
  throw new StateFolderInUseError(
    `Several starts are competing for the state folder ${stateFolder}. Try again.`,
  );
}

function makeFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return realpathSync(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StateFolderUnusableError(
      `The state folder ${folder} cannot be used: ${reason}. Set PERDURE_STATE to a folder that can be written.`,
    );
  }
}

/**
 * Adds the processes that run below this one to the record. Those seen earlier stay in it: orphans count (R2). Throws
 * `StateFolderLostError` when the folder is no longer this run's.
 */
export function recordChildren(record: RunRecord): void {
  if (readRecord(recordPath(record.stateFolder))?.runId !== record.runId) {
    throw new StateFolderLostError(
      `The state folder ${record.stateFolder} was removed or replaced while it was in use; what it held is lost. ` +
        'Stopping. The next start begins with an empty folder, or with what you put back in its place.',
    );
  }
  if (noteChildren(record)) replaceRecord(record);
}

/** In memory; true when that changed anything. */
function noteChildren(record: RunRecord): boolean {
  const table = readProcessTable();
  const known = record.children.filter((child) => findLive(table, child));
  const fresh = descendantsOf(table, record.starter.pid)
    .map(({ pid, startedAt }) => ({ pid, startedAt }))
    .filter((child) => !known.some(({ pid }) => pid === child.pid));
  if (fresh.length === 0 && known.length === record.children.length) return false;
  record.children = [...known, ...fresh];
  return true;
}

/** Ends what is left of this run and gives the state folder back. */
export async function closeStateFolder(record: RunRecord): Promise<void> {
  noteChildren(record);
  await endProcesses(record, GRACE_MS);
  const path = recordPath(record.stateFolder);
  if (readRecord(path)?.runId === record.runId) rmSync(path, { force: true });
}

async function takeOver(stateFolder: string): Promise<void> {
  const found = readRecord(recordPath(stateFolder));
  if (found && found.stateFolder === stateFolder) {
    const live = findLive(readProcessTable(), found.starter);
    if (live) throw new StateFolderInUseError(inUseMessage(found));
    const ended = await endProcesses(found, 0);
    if (ended > 0) console.log(`perdure: ended ${ended} process(es) left over from an earlier start`);
  }
  removeStaleRecord(stateFolder, found);
}

/** Moves the record aside before removing it: if another start got there first, its record is put back (R1). */
function removeStaleRecord(stateFolder: string, judged: RunRecord | undefined): void {
  const path = recordPath(stateFolder);
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // Another start has removed it; creating ours decides who wins.
  }
  const moved = readRecord(aside);
  if (JSON.stringify(moved) === JSON.stringify(judged)) rmSync(aside);
  else renameSync(aside, path);
}

/** SIGTERM, then SIGKILL for those still there after `graceMs`. Gives the number of processes that were alive. */
async function endProcesses(record: RunRecord, graceMs: number): Promise<number> {
  const alive = livingProcesses(record);
  if (graceMs > 0) {
    for (const { pid } of alive) signal(pid, 'SIGTERM');
    await gone(record, graceMs);
  }
  for (const { pid } of livingProcesses(record)) signal(pid, 'SIGKILL');
  await gone(record, GRACE_MS);
  return alive.length;
}

async function gone(record: RunRecord, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (livingProcesses(record).length > 0 && Date.now() < deadline) await delay(50);
}

function livingProcesses(record: RunRecord): ProcessIdentity[] {
  const table = readProcessTable();
  const marker = `${RUN_ID_VARIABLE}=${record.runId}`;
  const marked = [...table.values()].filter(
    ({ pid }) => pid !== process.pid && hasInEnvironment(pid, marker),
  );
  const named = record.children.filter((child) => findLive(table, child));
  return [...new Map([...named, ...marked].map((identity) => [identity.pid, identity])).values()];
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function identityOf(pid: number): ProcessIdentity {
  const entry = readProcessTable().get(pid);
  if (!entry) throw new Error(`Process ${pid} is missing from the process table.`);
  return { pid, startedAt: entry.startedAt };
}

function recordPath(stateFolder: string): string {
  return join(stateFolder, 'run.json');
}

/** A link, unlike an exclusive write, shows the record to others only when it is whole. */
function createRecord(record: RunRecord): boolean {
  const path = recordPath(record.stateFolder);
  const draft = `${path}.${record.runId}`;
  writeFileSync(draft, render(record));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

/** In one step, so that a start never reads half a record. */
function replaceRecord(record: RunRecord): void {
  const path = recordPath(record.stateFolder);
  writeFileSync(`${path}.next`, render(record));
  renameSync(`${path}.next`, path);
}

function render(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** Undefined for a missing or damaged record: nothing can be ended by it. */
function readRecord(path: string): RunRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isRunRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRunRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<RunRecord>;
  const children = record.children;
  return (
    record.version === 1 &&
    typeof record.runId === 'string' &&
    typeof record.stateFolder === 'string' &&
    isIdentity(record.starter) &&
    Array.isArray(children) &&
    children.every(isIdentity)
  );
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const identity = value as Partial<ProcessIdentity>;
  return Number.isInteger(identity.pid) && typeof identity.startedAt === 'string';
}

function inUseMessage(record: RunRecord): string {
  return (
    `The state folder ${record.stateFolder} is open in another perdure (process ${record.starter.pid}, ` +
    `port ${record.port}). Stop that one, or set PERDURE_STATE to another folder.`
  );
}
