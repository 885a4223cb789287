/**
 * Makes what fails smaller: fewer faults, then a smaller program and fewer callers, as long as the same oracle complains. What
 * is found need not be the smallest, and it is bounded by tries.
 */
import type { Fault } from './faults.ts';
import type { Step } from './programs/program.ts';
import type { Scenario } from './scenario.ts';
import { SimulationFailure, simulate } from './simulate.ts';

export interface Failing {
  scenario: Scenario;
  faults: readonly Fault[];
  oracle: string;
  message: string;
}

const TRIES_MAX = 300;

export async function shrink(first: Failing, triesMax: number = TRIES_MAX): Promise<Failing> {
  const shrinker = new Shrinker(first, triesMax);
  return await shrinker.run();
}

class Shrinker {
  #best: Failing;
  #left: number;
  /** Where nothing goes wrong, what is tried has to go well: a program without the step that waits for its signals fails by itself. */
  #isSoundAtRest = false;

  constructor(first: Failing, triesMax: number) {
    this.#best = first;
    this.#left = triesMax;
  }

  async run(): Promise<Failing> {
    // As it was recorded, or there is nothing to begin with.
    if (!(await this.#fails(this.#best.scenario, this.#best.faults))) return this.#best;
    this.#isSoundAtRest = await isSoundAtRest(this.#best.scenario);
    for (let before = Number.POSITIVE_INFINITY; sizeOf(this.#best) < before && this.#left > 0; ) {
      before = sizeOf(this.#best);
      await this.#fewerFaults();
      await this.#simpler();
      await this.#smallerProgram();
    }
    return this.#best;
  }

  /** Keeps it if it fails in the same way. */
  async #fails(scenario: Scenario, faults: readonly Fault[]): Promise<boolean> {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    const failing = await tryOut(scenario, faults);
    if (failing?.oracle !== this.#best.oracle) return false;
    if (this.#isSoundAtRest && !(await isSoundAtRest(scenario))) return false;
    this.#best = failing;
    return true;
  }

  /** Halves first, then one by one. */
  async #fewerFaults(): Promise<void> {
    for (let size = Math.ceil(this.#best.faults.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = 0; from < this.#best.faults.length; ) {
        const { faults, scenario } = this.#best;
        const fewer = [...faults.slice(0, from), ...faults.slice(from + size)];
        if (!(await this.#fails(scenario, fewer))) from += size;
      }
    }
  }

  async #simpler(): Promise<void> {
    const changes: Partial<Scenario>[] = [
      { deployAtMs: undefined, brokenForMs: 0 },
      { brokenForMs: 0 },
      { development: false },
      { isolates: 1 },
      { workersElsewhere: 0 },
      { workersElsewhere: 1 },
      { dispatchWindow: 100 },
      { interference: 'none' },
      { queries: 0 },
      { refused: 0 },
      { isFollowed: false },
      { begins: 'start' },
      ...(this.#best.scenario.operations ?? []).map((operation) => ({ operations: [operation] })),
      { operations: [] },
    ];
    for (const change of changes) await this.#change(change);
    for (const key of ['signals', 'updates'] as const)
      for (let count = 0; count < this.#best.scenario[key]; count++) {
        const program = this.#best.scenario.program.map((step) => atMost(step, key, count));
        if (await this.#change({ [key]: count, program })) break;
      }
  }

  async #change(change: Partial<Scenario>): Promise<boolean> {
    const { scenario, faults } = this.#best;
    const changed = { ...scenario, ...change };
    if (JSON.stringify(changed) === JSON.stringify(scenario)) return false;
    return await this.#fails(changed, faults);
  }

  async #smallerProgram(): Promise<void> {
    for (let index = 0; ; ) {
      const { scenario, faults } = this.#best;
      const smaller = withoutStep(scenario.program, index);
      if (smaller === undefined) return;
      if (!(await this.#fails({ ...scenario, program: smaller }, faults))) index += 1;
    }
  }
}

export async function tryOut(scenario: Scenario, faults: readonly Fault[]): Promise<Failing | undefined> {
  try {
    await simulate(scenario, { only: faults });
    return undefined;
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error;
    return { scenario, faults: error.faults, oracle: error.oracle, message: error.message };
  }
}

async function isSoundAtRest(scenario: Scenario): Promise<boolean> {
  return (await tryOut({ ...scenario, operations: [] }, [])) === undefined;
}

function sizeOf({ faults, scenario }: Failing): number {
  return faults.length * 1_000 + JSON.stringify(scenario).length;
}

function atMost(step: Step, kind: 'signals' | 'updates', count: number): Step {
  switch (step.kind) {
    case 'signals':
    case 'updates':
      return step.kind === kind ? { ...step, count: Math.min(step.count, count) } : step;
    case 'sequence':
    case 'parallel':
      return { ...step, steps: step.steps.map((each) => atMost(each, kind, count)) };
    default:
      return step;
  }
}

/** Without the `index`th step, counted through the tree. Undefined when there is none. */
function withoutStep(program: readonly Step[], index: number): Step[] | undefined {
  let left = index;
  let isFound = false;
  const without = (steps: readonly Step[]): Step[] =>
    steps.flatMap((step) => {
      if (left === 0 && !isFound) {
        isFound = true;
        return [];
      }
      left -= 1;
      if (isFound) return [step];
      if (step.kind === 'sequence' || step.kind === 'parallel')
        return [{ ...step, steps: without(step.steps) }];
      if (step.kind === 'child') return [{ ...step, program: without(step.program) }];
      return [step];
    });
  const smaller = without(program);
  return isFound ? smaller : undefined;
}
