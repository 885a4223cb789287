/**
 * `npm run test:crash`: kills the runtime at random moments while runs of all samples are in flight, starts it again as
 * `npm start` does, and checks that nothing acknowledged was lost.
 *
 *   --runs 200    in flight at any time        --seed 42     repeats what was started and what was killed
 *   --kills 10                                 --minutes 6   at most, for the kills
 *   --modes LIST  of wrangler,workerd,starter,group (SIGKILL, the default), term, stop, deploy, disk-full, disk-slow
 *   --failing 5   of a hundred steps of orders, how many fail at first
 *   --torture     all modes, 500 runs, 5 % failing steps, an hour: unless said otherwise
 *   --soak        no kills: load at --share 70 % of what this machine does, 30 minutes; memory, latency and file handles over time
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { copyRepository } from '../lib/repository-copy.ts';
import { freePort, Server } from '../lib/server.ts';
import { Api } from './api.ts';
import { Books } from './books.ts';
import { Disk } from './disk.ts';
import { disrupt, type Target } from './disruptions.ts';
import { Driver, type StartedRun } from './driver.ts';
import { type CrashOptions, Random, readOptions } from './options.ts';
import { type Evidence, fewestInFlight, type Kill, print } from './report.ts';
import { soak } from './soak.ts';
import { type Circumstances, judge, type Verdict } from './verdict.ts';

const RECOVERY_MS = 60_000;
const CHECKS_AT_ONCE = 8;
/** To get as many runs in flight as asked for. A machine that does not in this time is not waited for. */
const RAMP_MAX_MS = 300_000;
/** The same between two disturbances. */
const REFILL_MAX_MS = 60_000;

async function main(options: CrashOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'perdure-crash-'));
  const repository = copyRepository(); // Edits made meanwhile would have the runtime built and loaded anew.
  const disk = new Disk(join(folder, 'state'), options.modes.includes('disk-full'));
  const server = new Server({ port: await freePort(), folder, repository });
  const random = new Random(options.seed, 'kills');
  console.log(`seed ${options.seed}, ${server.url}, log and state in ${folder}`);
  let isGood = false;
  try {
    await server.start();
    if (options.isSoak) isGood = await soak(server, options);
    else {
      const modes = disk.allowed(options.modes);
      const evidence = await gather({ server, repository, disk, random }, { ...options, modes });
      print(evidence);
      keepHistories(evidence, folder);
      isGood = isPassed(evidence, options);
    }
  } finally {
    await server.stop(); // Before its folders go: it keeps a record in there.
    rmSync(repository, { recursive: true });
    if (isGood || options.modes.includes('disk-full')) disk.close();
  }
  if (isGood) rmSync(folder, { recursive: true });
  return isGood ? 0 : 1;
}

async function gather(target: Target, options: CrashOptions): Promise<Evidence> {
  const api = new Api(target.server.url);
  const prefix = `crash-${options.seed}`;
  const driver = new Driver(api, new Random(options.seed, 'plans'), prefix, options.failing);
  let isOver = false;
  const driving = driver.keepInFlight(Math.ceil(options.runs * 1.1), () => isOver);
  const rampEndsAt = Date.now() + RAMP_MAX_MS;
  while (driver.inFlight() < options.runs && Date.now() < rampEndsAt) await delay(100);
  const kills = await killRepeatedly(target, driver, options);
  isOver = true;
  await driving;
  await driver.settled();

  // From here on nobody asks anything: what is open has to go on by itself.
  const lastStartAt = kills.at(-1)?.backAt ?? Date.now();
  await delay(Math.max(0, quietUntil(driver.started, lastStartAt) - Date.now()));
  const books = new Books(await api.ledger(prefix));
  const verdicts = await judgeAll({ api, books, kills, lastStartAt }, driver.started);
  return { verdicts, kills, seed: options.seed, repeats: api.repeats };
}

async function killRepeatedly(target: Target, driver: Driver, options: CrashOptions): Promise<Kill[]> {
  const { random } = target;
  const { modes, minutes, runs, kills: killsMax = Number.POSITIVE_INFINITY } = options;
  const kills: Kill[] = [];
  const deadline = Date.now() + minutes * 60_000;
  while (kills.length < killsMax && Date.now() < deadline) {
    await delay(random.between(1_000, 8_000));
    // A machine that does not carry so many is disturbed with what it carries; the verdict says that it were too few.
    const waitUntil = Math.min(deadline, Date.now() + REFILL_MAX_MS);
    while (driver.inFlight() < runs && Date.now() < waitUntil) await delay(50);
    if (Date.now() >= deadline) break;
    await delay(random.between(0, 300));
    const kind = modes[kills.length % modes.length] ?? 'group';
    const at = Date.now();
    const healedItself = await disrupt(kind, target);
    kills.push({ kind, at, backAt: Date.now(), healedItself });
    console.log(`${kind} with ${driver.inFlight()} runs in flight, back after ${Date.now() - at} ms`);
  }
  return kills;
}

/** When the last run has to be closed. */
function quietUntil(runs: StartedRun[], lastStartAt: number): number {
  const ownEnds = runs.map(({ acknowledgedAt, plan }) => acknowledgedAt + plan.ownMs);
  return Math.max(lastStartAt, ...ownEnds) + RECOVERY_MS;
}

async function judgeAll(circumstances: Circumstances, runs: StartedRun[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const queue = [...runs];
  const judgeSome = async () => {
    for (let run = queue.shift(); run; run = queue.shift()) verdicts.push(await judge(circumstances, run));
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, judgeSome));
  return verdicts.sort((a, b) => a.run.acknowledgedAt - b.run.acknowledgedAt);
}

/** The state may not outlive the test: of every run that went wrong, its histories, and what is wrong with them. */
function keepHistories({ verdicts }: Evidence, folder: string): void {
  for (const { run, complaints, histories } of verdicts) {
    if (histories === undefined) continue;
    const file = join(folder, `${run.plan.workflowId}.json`);
    writeFileSync(file, JSON.stringify({ complaints, plan: run.plan, histories }, null, 2));
    console.log(`${run.plan.workflowId}: histories in ${file}`);
  }
}

function isPassed(evidence: Evidence, options: CrashOptions): boolean {
  const wrong = evidence.verdicts.filter(({ complaints }) => complaints.length > 0).length;
  const diverged = evidence.verdicts
    .flatMap((v) => v.failedTasks)
    .filter((cause) => /NON_DETERMINISTIC/.test(cause)).length;
  const shortfalls = [
    ...(wrong > 0 ? [`${wrong} runs went wrong`] : []),
    ...(diverged > 0 ? [`${diverged} replays diverged`] : []),
    ...(evidence.kills.length < (options.kills ?? 1)
      ? [`only ${evidence.kills.length} kills in the time given`]
      : []),
    ...(fewestInFlight(evidence) < options.runs
      ? [`fewer than ${options.runs} runs in flight at a kill`]
      : []),
  ];
  console.log(shortfalls.length === 0 ? 'passed' : `FAILED: ${shortfalls.join(', ')}`);
  return shortfalls.length === 0;
}

process.exitCode = await main(readOptions());
