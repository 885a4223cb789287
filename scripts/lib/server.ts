/** The runtime under test: started by the script behind `npm start`, killed in several ways, started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf, type ProcessEntry, readProcessTable } from './process-table.ts';

const ownRepository = resolve(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 20_000;
const SELF_HEAL_MS = 4_000;
const STARTS_MAX = 3;

/** What is killed. `starter` leaves workerd alone behind, which goes on holding the port and the state. */
export type KillKind = 'wrangler' | 'workerd' | 'starter' | 'group';
export const killKinds = ['wrangler', 'workerd', 'starter', 'group'] as const satisfies readonly KillKind[];

export interface ServerOptions {
  port: number;
  /** Keeps the state and the log. */
  folder: string;
  /** The repository whose Worker is to run; this one unless said otherwise. */
  repository?: string;
}

export class Server {
  readonly url: string;
  readonly stateFolder: string;
  readonly #port: number;
  readonly #repository: string;
  readonly #logFile: string;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor({ port, folder, repository = ownRepository }: ServerOptions) {
    this.#port = port;
    this.#repository = repository;
    this.url = `http://localhost:${port}`;
    this.stateFolder = join(folder, 'state');
    this.#logFile = join(folder, 'server.log');
  }

  /** Resolves when the runtime answers. Ports that it takes for itself may be taken by others just then. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const from = existsSync(this.#logFile) ? statSync(this.#logFile).size : 0;
      try {
        return await this.#startOnce();
      } catch (error) {
        const said = readFileSync(this.#logFile).subarray(from).toString();
        if (attempt === STARTS_MAX || !/Address already in use|EADDRINUSE/.test(said)) throw error;
      }
    }
  }

  async #startOnce(): Promise<void> {
    const log = openSync(this.#logFile, 'a');
    const child = spawn(process.execPath, [join(this.#repository, 'scripts/start.ts')], {
      cwd: this.#repository,
      env: { ...process.env, PORT: String(this.#port), PERDURE_STATE: this.stateFolder },
      stdio: ['ignore', log, log],
    });
    closeSync(log); // The child has its own.
    this.#child = child;
    this.#exited = new Promise((settle) => child.once('exit', () => settle()));
    await this.#answering(READY_TIMEOUT_MS);
  }

  /**
   * Kills with SIGKILL, and resolves when `start` may be called, or with `true` when the runtime came back by itself: a
   * living wrangler replaces a workerd that died.
   */
  async kill(kind: KillKind): Promise<boolean> {
    for (const { pid } of this.#victims(kind)) killProcess(pid, 'SIGKILL');
    if (kind === 'workerd' && (await this.#comesBack())) return true;
    if (kind === 'workerd') killProcess(this.#child?.pid, 'SIGTERM');
    await this.#exited;
    return false;
  }

  /** Stops the runtime's processes in their tracks for a while, as a machine does that swaps or is moved. */
  async pause(ms: number): Promise<void> {
    const paused = this.#victims('workerd');
    for (const { pid } of paused) killProcess(pid, 'SIGSTOP');
    try {
      await delay(ms);
    } finally {
      for (const { pid } of paused) killProcess(pid, 'SIGCONT');
    }
    await this.#answering(READY_TIMEOUT_MS);
  }

  /** Resolves with `true` when the runtime answers by itself, or when it has ended, and `start` may be called. */
  async recovers(): Promise<boolean> {
    if (await this.#comesBack()) return true;
    killProcess(this.#child?.pid, 'SIGTERM');
    await this.#exited;
    return false;
  }

  /** The processes in which workflows run. */
  runtimeIds(): number[] {
    return this.#victims('workerd').map(({ pid }) => pid);
  }

  async stop(): Promise<void> {
    killProcess(this.#child?.pid, 'SIGTERM');
    const hasExited = await Promise.race([
      this.#exited.then(() => true),
      delay(STOP_TIMEOUT_MS, false, { ref: false }),
    ]);
    if (!hasExited) throw new Error(`The runtime did not stop within ${STOP_TIMEOUT_MS} ms of a SIGTERM.`);
  }

  /** Resolves with the log when the runtime has ended without being told to. */
  async ended(): Promise<string> {
    await this.#exited;
    return readFileSync(this.#logFile, 'utf8');
  }

  #victims(kind: KillKind): ProcessEntry[] {
    const table = readProcessTable();
    const starter = this.#child?.pid === undefined ? undefined : table.get(this.#child.pid);
    if (!starter) throw new Error('The runtime has ended before it was killed; see server.log.');
    const below = descendantsOf(table, starter.pid);
    const victims = {
      wrangler: below.filter(({ command }) => isWrangler(command)),
      workerd: below.filter(({ command }) => isWorkerd(command)),
      starter: [starter, ...below.filter(({ command }) => !isWorkerd(command))],
      group: [starter, ...below],
    }[kind];
    if (victims.length === 0) throw new Error(`Found no process to kill for '${kind}' below ${starter.pid}.`);
    return victims;
  }

  /** Until the starter has the state folder, what answers is left over from the start before, and about to be ended. */
  #holdsState(): boolean {
    try {
      const record = JSON.parse(readFileSync(join(this.stateFolder, 'run.json'), 'utf8'));
      return record.starter.pid === this.#child?.pid;
    } catch {
      return false; // It has not been written yet.
    }
  }

  async #answers(): Promise<boolean> {
    const signal = AbortSignal.timeout(10_000);
    const answer = await fetch(`${this.url}/api/v1/system-info`, { signal }).catch(() => undefined);
    return answer?.ok ?? false;
  }

  async #comesBack(): Promise<boolean> {
    await delay(500); // Until what is dead has stopped answering.
    return this.#answering(SELF_HEAL_MS).then(
      () => true,
      () => false,
    );
  }

  async #answering(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      if (this.#holdsState() && (await this.#answers())) return;
      if (this.#child?.exitCode !== null) throw new Error('The runtime did not start; see server.log.');
      await delay(100);
    }
    throw new Error(`The runtime did not answer within ${timeoutMs} ms; see server.log.`);
  }
}

function isWorkerd(command: string): boolean {
  return /\/workerd (?:\S+ )*serve\b/.test(command);
}

function isWrangler(command: string): boolean {
  return /wrangler/.test(command) && !isWorkerd(command);
}

export function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const probe = createServer().once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => settle(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function killProcess(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
