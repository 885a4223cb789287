/** Workers as processes of their own, of which one after another dies at a random moment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../crash/options.ts';

export interface FleetOptions {
  size: number;
  address: string;
  bundle: string;
  taskQueue: string;
}

/** Most are killed without a word, some are asked to stop. */
const GRACEFUL_SHARE = 0.2;

export class Fleet {
  readonly #options: FleetOptions;
  readonly #workers: ChildProcess[] = [];
  kills = 0;
  /** Messages of workers that ended by themselves: none should. */
  readonly surprises: string[] = [];

  constructor(options: FleetOptions) {
    this.#options = options;
    for (let index = 0; index < options.size; index++) this.#start(index);
  }

  #start(index: number): void {
    const { address, bundle, taskQueue } = this.#options;
    const worker = spawn(
      process.execPath,
      [
        '-C',
        'perdure-source',
        '--disable-warning=ExperimentalWarning',
        join(import.meta.dirname, 'worker.ts'),
        address,
        bundle,
        taskQueue,
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    worker.once('exit', (code, signal) => {
      if (code !== 0 && signal === null) this.surprises.push(`a worker ended with code ${code}`);
    });
    this.#workers[index] = worker;
  }

  /** Kills and replaces one worker after another until `isOver`, or until there were `most` kills. */
  async killAtRandom(random: Random, isOver: () => boolean, most: number): Promise<void> {
    while (this.kills < most) {
      await delay(random.between(200, 1200));
      if (isOver()) return;
      const index = random.between(0, this.#options.size - 1);
      this.#workers[index]?.kill(random.chance(GRACEFUL_SHARE) ? 'SIGTERM' : 'SIGKILL');
      this.kills += 1;
      await delay(random.between(0, 500));
      this.#start(index);
    }
  }

  end(): void {
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }
}
