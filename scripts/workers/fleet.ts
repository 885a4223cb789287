/** Workers as processes of their own, of which one after another dies at a random moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../crash/options.ts';

export interface FleetOptions {
  size: number;
  address: string;
  bundle: string;
  /** What a worker's process runs. */
  program: string;
  taskQueue: string;
}

/** Steps done between kills: by the clock, a busy machine would spend its time on beginning workers. */
const STEPS_BETWEEN = [10, 70] as const;
/** Where none are done, there is a kill all the same. */
const PAUSE_MAX_MS = 30_000;
/** Most are killed without a word, some are asked to stop. */
const GRACEFUL_SHARE = 0.2;
/** With so many workers that end by themselves nothing will come of it. */
const SURPRISES_MAX = 5;

interface Member {
  process: ChildProcess;
  /** It polls, or has ended. */
  settled: Promise<unknown>;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #workers: Member[] = [];
  kills = 0;
  #steps = 0;
  #isOver = false;
  #stepDone = () => {};
  /** Messages of workers that ended by themselves: none should. */
  readonly surprises: string[] = [];
  /** Rejects when workers do not stay. */
  readonly broken: Promise<never>;
  #break: (reason: Error) => void = () => {};

  constructor(options: FleetOptions) {
    this.#options = options;
    this.broken = new Promise((_, reject) => {
      this.#break = reject;
    });
    this.broken.catch(() => undefined); // Nobody need listen.
    for (let index = 0; index < options.size; index++) this.#start(index);
  }

  #start(index: number): void {
    const { address, bundle, program, taskQueue } = this.#options;
    const child = spawn(process.execPath, [program, address, bundle, taskQueue], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', (message) => {
      if (message !== 'step') return;
      this.#steps += 1;
      this.#stepDone();
    });
    child.once('exit', (code, signal) => {
      if (code !== 0 && signal === null) this.surprises.push(`a worker ended with code ${code}`);
      if (this.surprises.length > SURPRISES_MAX) this.#break(new Error(this.surprises.join('; ')));
    });
    this.#workers[index] = {
      process: child,
      settled: Promise.race([once(child, 'message'), once(child, 'exit')]),
    };
  }

  /**
   * Kills and replaces one worker after another until `workIsOver`, or until there were `most` kills. Each has begun to poll before,
   * however long that takes here: a fleet that only ever starts does no work.
   */
  async killAtRandom(random: Random, most: number): Promise<void> {
    while (this.kills < most) {
      const index = random.between(0, this.#options.size - 1);
      const victim = this.#workers[index];
      await victim?.settled;
      await this.#stepsPass(random.between(...STEPS_BETWEEN));
      if (this.#isOver) return;
      victim?.process.kill(random.chance(GRACEFUL_SHARE) ? 'SIGTERM' : 'SIGKILL');
      this.kills += 1;
      await delay(random.between(0, 500));
      this.#start(index);
    }
  }

  /** Nobody is killed any more. */
  workIsOver(): void {
    this.#isOver = true;
    this.#stepDone();
  }

  async #stepsPass(count: number): Promise<void> {
    const until = this.#steps + count;
    const timedOut = delay(PAUSE_MAX_MS, 'late', { ref: false });
    while (this.#steps < until && !this.#isOver) {
      const step = new Promise<void>((resolve) => {
        this.#stepDone = resolve;
      });
      if ((await Promise.race([step, timedOut])) === 'late') return;
    }
  }

  end(): void {
    for (const { process } of this.#workers) process.kill('SIGKILL');
  }
}
