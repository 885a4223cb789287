/** The simulated platform, held to what the real one does: test/objects/platform-contract.workerd.test.ts asks the same of that. */
import { describe, test } from 'vitest';
import { Faults } from '../faults.ts';
import type { Isolate } from '../platform/isolate.ts';
import { GoneError, Life } from '../platform/lives.ts';
import { SimObject } from '../platform/sim-object.ts';
import { installGlobals } from '../platform/virtual-globals.ts';
import { SimWorld } from '../platform/world.ts';
import { bundleFor } from '../simulate.ts';
import * as activities from './activities.ts';
import { CASES, type Subject } from './cases.ts';
import { type ContractApi, ContractCore } from './contract-core.ts';

const STEPS_MAX = 20_000;

class ContractObject extends SimObject<ContractCore> {
  readonly #others: Contract;

  constructor(contract: Contract, name: string) {
    super(contract.world, name);
    this.#others = contract;
  }

  protected override make(life: Life, isolate: Isolate): ContractCore {
    return new ContractCore({
      storage: this.storageOf(life),
      clock: this.clock(life),
      activities: {
        fetch: (url, init) => this.world.fetchActivity(life, this, isolate, new Request(url, init)),
      },
      other: (name) => this.world.stubOf<ContractApi>(life, this, this.#others.object(name)),
      abort: () => this.crash(),
    });
  }

  protected override lost(): void {}
}

class Contract {
  readonly world: SimWorld;
  readonly #client = new Life('client');
  readonly #objects = new Map<string, ContractObject>();

  constructor(seed: number) {
    this.world = new SimWorld({
      seed,
      faults: new Faults({ seed, rates: {}, max: 0 }),
      deployment: {
        version: 1,
        bundle: bundleFor({ isNew: false, isBroken: false }),
        development: false,
        activities,
        localActivities: () => undefined,
      },
      isolates: 1,
      dispatchWindow: 100,
      workersElsewhere: 0,
      begun: () => {},
      reported: () => {},
      onLoss: () => {},
      onFailure: (error) => {
        throw error;
      },
    });
  }

  object(name: string): ContractObject {
    const object = this.#objects.get(name) ?? new ContractObject(this, name);
    this.#objects.set(name, object);
    return object;
  }

  subject(name: string): Subject {
    const { world } = this;
    const object = this.object(name);
    return {
      act: (operation, ...args) => world.call(this.#client, object, 'act', [operation, ...args]),
      other: (other) => this.subject(other),
      lose: async (how) => (how === 'evicted' ? object.unload() : object.crash()),
      until: async (isSo) => {
        while (!(await isSo())) await world.scheduler.sleep(20);
      },
    };
  }

  async play(work: (subject: Subject) => Promise<void>): Promise<void> {
    const giveBack = installGlobals(this.world.scheduler);
    const onRejection = (error: unknown) => {
      if (!(error instanceof GoneError)) throw error;
    };
    process.on('unhandledRejection', onRejection);
    try {
      await this.#toTheEnd(work(this.subject('subject')));
    } finally {
      process.off('unhandledRejection', onRejection);
      giveBack();
      this.world.close();
      for (const { storage } of this.#objects.values()) storage.close();
    }
  }

  async #toTheEnd(work: Promise<void>): Promise<void> {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    over.catch(() => undefined);
    const isDone = await this.world.run(() => isOver, { stepsMax: STEPS_MAX });
    if (!isDone) throw new Error('Nothing is left to happen, and the case is not over.');
    await over;
  }
}

describe.each(Object.entries(CASES))('the simulated platform: %s', (_, cases) => {
  test.each(Object.entries(cases))('%s', async (_name, work) => {
    for (const seed of [1, 2, 3]) await new Contract(seed).play(work);
  });
});
