/**
 * `npm run test:crash`: kills the runtime at random moments while runs of all samples are in flight, starts it again as
 * `npm start` does, and checks that nothing acknowledged was lost.
 *
 *   --runs 200    in flight at any time        --seed 42     repeats what was started and what was killed
 *   --kills 10                                 --minutes 6   at most, for the kills
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { copyRepository } from '../lib/repository-copy.ts';
import { freePort, killKinds, Server } from '../lib/server.ts';
import { Api } from './api.ts';
import { Books } from './books.ts';
import { Driver, type StartedRun } from './driver.ts';
import { type CrashOptions, Random, readOptions } from './options.ts';
import { type Evidence, fewestInFlight, type Kill, print } from './report.ts';
import { type Circumstances, judge, type Verdict } from './verdict.ts';

const RECOVERY_MS = 60_000;
const CHECKS_AT_ONCE = 8;

async function main(options: CrashOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'perdure-crash-'));
  const repository = copyRepository(); // Edits made meanwhile would have the runtime built and loaded anew.
  const server = new Server({ port: await freePort(), folder, repository });
  console.log(`seed ${options.seed}, ${server.url}, log and state in ${folder}`);
  let isGood = false;
  try {
    await server.start();
    const evidence = await gather(server, options);
    print(evidence);
    isGood = isPassed(evidence, options);
  } finally {
    await server.stop(); // Before its folders go: it keeps a record in there.
    rmSync(repository, { recursive: true });
  }
  if (isGood) rmSync(folder, { recursive: true });
  return isGood ? 0 : 1;
}

async function gather(server: Server, options: CrashOptions): Promise<Evidence> {
  const api = new Api(server.url);
  const prefix = `crash-${options.seed}`;
  const driver = new Driver(api, new Random(options.seed, 'plans'), prefix);
  let isOver = false;
  const driving = driver.keepInFlight(Math.ceil(options.runs * 1.1), () => isOver);
  while (driver.inFlight() < options.runs) await delay(100);
  const kills = await killRepeatedly(server, driver, options);
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

async function killRepeatedly(server: Server, driver: Driver, options: CrashOptions): Promise<Kill[]> {
  const random = new Random(options.seed, 'kills');
  const kills: Kill[] = [];
  const deadline = Date.now() + options.minutes * 60_000;
  while (kills.length < options.kills && Date.now() < deadline) {
    await delay(random.between(1_000, 8_000));
    while (driver.inFlight() < options.runs) await delay(50);
    await delay(random.between(0, 300));
    const kind = killKinds[kills.length % killKinds.length] ?? 'group';
    const at = Date.now();
    const healedItself = await server.kill(kind);
    if (!healedItself) await server.start();
    kills.push({ kind, at, backAt: Date.now(), healedItself });
    console.log(`killed ${kind} with ${driver.inFlight()} runs in flight, back after ${Date.now() - at} ms`);
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

function isPassed(evidence: Evidence, options: CrashOptions): boolean {
  const wrong = evidence.verdicts.filter(({ complaints }) => complaints.length > 0).length;
  const diverged = evidence.verdicts
    .flatMap((v) => v.failedTasks)
    .filter((cause) => /NON_DETERMINISTIC/.test(cause)).length;
  const shortfalls = [
    ...(wrong > 0 ? [`${wrong} runs went wrong`] : []),
    ...(diverged > 0 ? [`${diverged} replays diverged`] : []),
    ...(evidence.kills.length < options.kills
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
