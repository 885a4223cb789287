/** What breaks if a start meets a folder whose last start lives, was killed, left children, or was only copied? */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  descendantsOf,
  findLive,
  parseProcStat,
  parsePsLine,
  readProcessTable,
} from '../../scripts/lib/process-table.ts';
import {
  closeStateFolder,
  openStateFolder,
  RUN_ID_VARIABLE,
  type RunRecord,
  recordChildren,
  StateFolderInUseError,
} from '../../scripts/lib/run-record.ts';

let folder: string;
let spawned: ChildProcess[];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'perdure-record-')));
  spawned = [];
});

afterEach(() => {
  for (const child of spawned) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function spawnIdle(env: Record<string, string> = {}): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    env: { ...process.env, ...env },
  });
  spawned.push(child);
  if (child.pid === undefined) throw new Error('the idle process did not start');
  return child.pid;
}

/** As though the starter that wrote the record had been killed. */
function rewriteWithDeadStarter(change: (record: RunRecord) => void = () => {}): RunRecord {
  const path = join(folder, 'run.json');
  const record: RunRecord = JSON.parse(readFileSync(path, 'utf8'));
  record.starter.startedAt = 'another time';
  change(record);
  writeFileSync(path, JSON.stringify(record));
  return record;
}

function isAlive(pid: number): boolean {
  return readProcessTable().has(pid);
}

describe('state folder: one live starter', () => {
  test('a second start is refused while the first one lives, and names it', async () => {
    const record = await openStateFolder(folder, 8787);
    await expect(openStateFolder(folder, 8788)).rejects.toThrow(StateFolderInUseError);
    await expect(openStateFolder(folder, 8788)).rejects.toThrow(`process ${process.pid}, port 8787`);
    await closeStateFolder(record);
    expect(existsSync(join(folder, 'run.json'))).toBe(false);
  });

  test('of starts at the same moment exactly one gets the folder', async () => {
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((port) => openStateFolder(folder, port)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('a record copied along with its folder does not count', async () => {
    await openStateFolder(folder, 8787);
    const copy = `${folder}-copy`;
    cpSync(folder, copy, { recursive: true });
    try {
      const record = await openStateFolder(copy, 8788);
      expect(record.stateFolder).toBe(copy);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test('a damaged record is replaced', async () => {
    writeFileSync(join(folder, 'run.json'), '{ "version": 1,');
    expect((await openStateFolder(folder, 8787)).port).toBe(8787);
  });
});

describe('state folder: leftovers of a killed start', () => {
  test('recorded children are ended, others are not', async () => {
    const record = await openStateFolder(folder, 8787);
    const recorded = spawnIdle();
    recordChildren(record);
    expect(record.children.map(({ pid }) => pid)).toContain(recorded);
    const stranger = spawnIdle();
    rewriteWithDeadStarter();
    await openStateFolder(folder, 8787);
    expect(isAlive(recorded)).toBe(false);
    expect(isAlive(stranger)).toBe(true);
  });

  test('a process that has taken over a recorded ID is left alone', async () => {
    await openStateFolder(folder, 8787);
    const bystander = spawnIdle();
    rewriteWithDeadStarter((record) => {
      record.children = [{ pid: bystander, startedAt: 'long ago' }];
    });
    await openStateFolder(folder, 8787);
    expect(isAlive(bystander)).toBe(true);
  });

  test.runIf(existsSync('/proc/self/environ'))(
    'a child killed too early to be recorded is known by its run ID',
    async () => {
      const record = await openStateFolder(folder, 8787);
      const unrecorded = spawnIdle({ [RUN_ID_VARIABLE]: record.runId });
      rewriteWithDeadStarter();
      await expect.poll(() => readFileSync(`/proc/${unrecorded}/environ`, 'utf8')).toContain(record.runId);
      await openStateFolder(folder, 8787);
      expect(isAlive(unrecorded)).toBe(false);
    },
  );
});

describe('process table: what it reads', () => {
  test('this process stands in it, with its children below', () => {
    const child = spawnIdle();
    const table = readProcessTable();
    expect(descendantsOf(table, process.pid).map(({ pid }) => pid)).toContain(child);
    const self = table.get(process.pid);
    expect(self && findLive(table, self)).toBe(self);
    expect(self && findLive(table, { pid: self.pid, startedAt: 'never' })).toBeUndefined();
  });

  test('a process name with brackets and blanks does not shift the fields of /proc', () => {
    const tail = 'S 7 9 9 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 112471 1 1';
    expect(parseProcStat(42, `42 (a ) b) ${tail}`, 'a')).toEqual([
      { pid: 42, parentPid: 7, startedAt: '112471', command: 'a' },
    ]);
  });

  test('a line of ps gives the start date and the whole command; a zombie gives nothing', () => {
    expect(parsePsLine('  501   1 Ss   Fri Nov  6 23:54:24 2026     /bin/workerd serve --x')).toEqual([
      { pid: 501, parentPid: 1, startedAt: 'Fri Nov 6 23:54:24 2026', command: '/bin/workerd serve --x' },
    ]);
    expect(parsePsLine('  502   1 Z    Fri Nov  6 23:54:24 2026     (workerd)')).toEqual([]);
  });
});
