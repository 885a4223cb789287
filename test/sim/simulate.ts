/** Plays a scenario to its end and beyond: until all is quiet, then until nothing is kept any more. */
import { maybeContext } from '../../src/executor/context.ts';
import type { WorkflowBundle } from '../../src/executor/workflow-bundle.ts';
import type { RunResult } from '../../src/objects/execution/workflow-execution-api.ts';
import { bundleOf } from '../executor/support/world.ts';
import { Caller } from './caller.ts';
import { type Fault, Faults } from './faults.ts';
import { attemptOf, Ledger } from './ledger.ts';
import { Operator } from './operator.ts';
import { checkAtRest, checkErased, checkLoss } from './oracles/all.ts';
import { type Chronicle, readChronicle } from './oracles/chronicle.ts';
import { OracleFailure } from './oracles/failure.ts';
import type { Deployment } from './platform/isolate.ts';
import { GoneError } from './platform/lives.ts';
import { installGlobals } from './platform/virtual-globals.ts';
import { SimWorld } from './platform/world.ts';
import { activitiesOf, type Work } from './programs/activities.ts';
import { LISTENER, type Version, workflowsOf } from './programs/workflow.ts';
import { Random } from './random.ts';
import { beginningOf, type Scenario } from './scenario.ts';

export interface Course {
  scenario: Scenario;
  fired: readonly Fault[];
  steps: number;
  /** Two courses of one scenario have the same. */
  trace: number;
  events: number;
  commits: number;
  /** Virtual time that passed until all was quiet. */
  ms: number;
}

export interface SimulateOptions {
  /** Only these faults, instead of those that the seed draws. */
  only?: readonly Fault[];
  /** Prints all histories at the end. */
  isPrinting?: boolean;
  /** Given what is left when all is quiet. */
  read?: (chronicle: Chronicle) => void;
  log?: (level: string, message: string, attributes?: Record<string, unknown>) => void;
}

/** What went wrong, and on what course. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure';
  readonly scenario: Scenario;
  readonly faults: readonly Fault[];
  readonly oracle: string;

  constructor(scenario: Scenario, faults: readonly Fault[], cause: unknown) {
    const oracle = cause instanceof OracleFailure ? cause.oracle : 'no error';
    const text = cause instanceof Error ? cause.message : String(cause);
    super(`seed ${scenario.seed}: [${oracle}] ${text}`, { cause });
    this.scenario = scenario;
    this.faults = faults;
    this.oracle = oracle;
  }
}

const STEPS_MAX = 150_000;
/** Virtual time within which a program has to end, whatever goes wrong. */
const END_MS = 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
const LINGER_MS = 20_000;

export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<Course> {
  const { seed, rates, faultsMax } = scenario;
  const faults = new Faults({ seed, rates, max: options.only?.length ?? faultsMax, only: options.only });
  const simulation = new Simulation(scenario, faults, options);
  const giveBack = installGlobals(simulation.world.scheduler);
  // Rejections in workflow code are the executor's; those of a lost instance are nobody's.
  const onRejection = (error: unknown) => {
    if (!(error instanceof GoneError) && maybeContext() === undefined) simulation.failed(error);
  };
  process.on('unhandledRejection', onRejection);
  try {
    return await simulation.run();
  } catch (error) {
    throw new SimulationFailure(scenario, [...faults.fired], error);
  } finally {
    if (options.isPrinting) simulation.print();
    simulation.world.close();
    process.off('unhandledRejection', onRejection);
    giveBack();
  }
}

const bundles = new Map<string, WorkflowBundle>();

export function bundleFor(version: Version): WorkflowBundle {
  const key = JSON.stringify(version);
  let bundle = bundles.get(key);
  if (bundle === undefined) {
    bundle = bundleOf(workflowsOf(version));
    bundles.set(key, bundle);
  }
  return bundle;
}

class Simulation {
  readonly world: SimWorld;
  readonly #scenario: Scenario;
  readonly #faults: Faults;
  readonly #ledger = new Ledger();
  readonly #caller: Caller;
  readonly #random: Random;
  readonly #localAttempts = new Map<string, number>();
  #versions = 0;
  readonly #read: (chronicle: Chronicle) => void;
  #failure: unknown;

  constructor(scenario: Scenario, faults: Faults, { log, read = () => {} }: SimulateOptions) {
    this.#scenario = scenario;
    this.#read = read;
    this.#faults = faults;
    this.#random = new Random(scenario.seed, 'callers');
    this.world = new SimWorld({
      seed: scenario.seed,
      faults,
      deployment: this.#deployment({ isNew: false, isBroken: false }),
      isolates: scenario.isolates,
      dispatchWindow: scenario.dispatchWindow,
      workersElsewhere: scenario.workersElsewhere ?? 0,
      begun: (task) => this.#ledger.begun.push({ task, at: this.world.scheduler.now }),
      reported: (input) => {
        if (!/^Activity(?:Completed|Failed|Canceled)$/.test(input.kind) || !('activity' in input)) return;
        const { activity } = input;
        if (activity.by !== 'token') return;
        this.#ledger.reportsAcknowledged.add(attemptOf(activity));
        if (input.kind === 'ActivityCompleted') this.#ledger.resultsAcknowledged.add(attemptOf(activity));
      },
      onLoss: (object) => this.#watched(() => checkLoss(this.world, object, this.#ledger)),
      onFailure: (error) => {
        this.#failure ??= error;
      },
      ...(log && { log }),
    });
    this.#caller = new Caller(this.world, this.#ledger, new Random(scenario.seed, 'retries'));
  }

  #deployment(version: Version): Deployment {
    this.#versions += 1;
    return {
      version: this.#versions,
      bundle: bundleFor(version),
      development: this.#scenario.development,
      activities: activitiesOf({
        answerLater: (token, work) => this.#do(this.#caller.completeByToken(token, work)),
      }),
      localActivities: (type) => (type === 'work' ? (work: Work) => this.#localWork(work) : undefined),
    };
  }

  async #localWork({ id, ms, failures, answer }: Work): Promise<string> {
    const attempt = (this.#localAttempts.get(id) ?? 0) + 1;
    this.#localAttempts.set(id, attempt);
    if (ms > 0) await this.world.scheduler.sleep(ms);
    if (attempt <= failures) throw new Error('not yet');
    return answer;
  }

  /** For who looks for the cause. */
  print(): void {
    const seen = {
      scenario: this.#scenario,
      ledger: this.#ledger,
      fired: this.#faults.fired,
      ended: undefined,
      ms: 0,
    };
    for (const { workflowId, runId, events } of readChronicle(this.world, seen).runs) {
      console.log(workflowId, runId);
      for (const { eventId, eventTime, eventType, attributes } of events)
        console.log(' ', eventId, eventTime % 1e9, eventType, shown(attributes));
    }
  }

  failed(error: unknown): void {
    this.#failure ??= error;
  }

  /** Whatever goes wrong in the background ends the simulation. */
  #do(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      this.#failure ??= error;
    });
  }

  #watched(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  async run(): Promise<Course> {
    const { world } = this;
    const { program } = this.#scenario;
    const begins = beginningOf(this.#scenario);
    await world.prepare();
    const startedAt = world.scheduler.now;
    const root = world.object('root');
    const listener = world.object(LISTENER);
    let ended: RunResult | undefined;
    const play = async () => {
      await this.#caller.start(listener, 'listener');
      await this.#caller.begin(root, begins, { steps: program });
      this.#call(root);
      const result = await this.#caller.result(root);
      await this.#caller.enough(listener);
      await this.#caller.result(listener);
      await world.scheduler.sleep(LINGER_MS);
      ended = result;
    };
    this.#do(play());
    this.#deploy();
    await this.#until(() => ended !== undefined, END_MS, 'the program does not end');
    this.#faults.stop();
    const chronicle = await this.#rest(startedAt, ended);
    this.#read(chronicle);
    await checkAtRest(chronicle, (version) => bundleFor(version));
    await this.#forget();
    return {
      scenario: this.#scenario,
      fired: this.#faults.fired,
      steps: world.scheduler.steps,
      trace: world.scheduler.trace,
      events: chronicle.runs.reduce((sum, { events }) => sum + events.length, 0),
      commits: chronicle.commits,
      ms: chronicle.ms,
    };
  }

  /** Until nothing but the end of retention is left to wait for. */
  async #rest(startedAt: number, ended: RunResult | undefined): Promise<Chronicle> {
    const { world } = this;
    const isQuiet = () => (world.scheduler.next() ?? Number.POSITIVE_INFINITY) > world.scheduler.now + DAY_MS;
    await this.#until(isQuiet, END_MS, 'there is no rest after the end');
    const ms = world.scheduler.now - startedAt;
    return readChronicle(world, {
      scenario: this.#scenario,
      ledger: this.#ledger,
      fired: this.#faults.fired,
      ended,
      ms,
    });
  }

  async #forget(): Promise<void> {
    await this.world.run(() => this.#failure !== undefined, { stepsMax: STEPS_MAX });
    if (this.#failure !== undefined) throw this.#failure;
    checkErased(this.world);
  }

  async #until(isDone: () => boolean, ms: number, complaint: string): Promise<void> {
    const { world } = this;
    const end = world.scheduler.now + ms;
    const isOver = await world.run(
      () => this.#failure !== undefined || isDone(),
      { stepsMax: STEPS_MAX },
      end,
    );
    if (this.#failure !== undefined) throw this.#failure;
    if (isOver) return;
    throw new OracleFailure('owners', `${complaint}: ${describe(world)}`);
  }

  /** Signals, updates, queries and what interferes, each at a time of its own. */
  #call(root: ReturnType<SimWorld['object']>): void {
    const { signals, updates, queries, refused, isFollowed, interference, interfereAtMs } = this.#scenario;
    const { operations = [] } = this.#scenario;
    const isSignaled = beginningOf(this.#scenario) === 'signalWithStart';
    const spread = this.#random.pick([20, 200, 5_000]);
    const at = (ms: number, work: () => Promise<void>) =>
      void this.world.scheduler.after(ms, () => this.#do(work()));
    for (let id = isSignaled ? 1 : 0; id < signals; id++)
      at(this.#random.next() * spread, () => this.#caller.signal(root, id));
    for (let id = 0; id < updates; id++)
      at(this.#random.next() * spread, () => this.#caller.update(root, id));
    for (let id = 0; id < refused; id++)
      at(this.#random.next() * spread, () => this.#caller.refusedUpdate(root, id));
    if (isFollowed) at(this.#random.next() * spread, () => this.#caller.follow(root));
    for (let id = 0; id < queries; id++) at(this.#random.next() * spread, () => this.#caller.query(root));
    if (this.#random.chance(0.2)) at(this.#random.next() * spread, () => this.#caller.describe(root));
    const operator = new Operator(this.world, this.#caller);
    for (const operation of operations) at(operation.atMs, () => operator.operate(root, operation));
    if (interference === 'cancel') at(interfereAtMs, () => this.#caller.cancel(root));
    if (interference === 'terminate') at(interfereAtMs, () => this.#caller.terminate(root));
  }

  #deploy(): void {
    const { deployAtMs, brokenForMs } = this.#scenario;
    if (deployAtMs === undefined) return;
    const deploy = (version: Version) => this.world.deploy(this.#deployment(version));
    if (brokenForMs > 0)
      this.world.scheduler.after(Math.max(0, deployAtMs - brokenForMs), () =>
        deploy({ isNew: false, isBroken: true }),
      );
    this.world.scheduler.after(Math.max(deployAtMs, brokenForMs), () =>
      deploy({ isNew: true, isBroken: false }),
    );
  }
}

function shown(attributes: object): string {
  const text = (_: string, value: unknown) =>
    value instanceof Uint8Array ? new TextDecoder().decode(value).slice(0, 120) : value;
  return JSON.stringify(attributes, text).slice(0, 300);
}

/** What each object shows when nothing goes on. */
function describe(world: SimWorld): string {
  const standings = [...world.objects.values()].map((object) => {
    const { name, storage, isArmed, losses } = object;
    return {
      name,
      alarm: storage.alarmOnDisk && storage.alarmOnDisk - world.scheduler.wall,
      isArmed,
      losses,
    };
  });
  return JSON.stringify(standings);
}
