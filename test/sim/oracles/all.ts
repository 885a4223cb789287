/** All oracles, and when each is asked. */
import type { WorkflowBundle } from '../../../src/executor/workflow-bundle.ts';
import type { SimWorld } from '../platform/world.ts';
import type { Version } from '../programs/workflow.ts';
import { checkAttempts } from './attempts.ts';
import { checkBounds } from './bounds.ts';
import type { Chronicle } from './chronicle.ts';
import { checkClosed } from './closed.ts';
import { check } from './failure.ts';
import { grammarProblem } from './grammar.ts';
import { checkInputs, checkOnce } from './inputs.ts';
import { checkListed } from './listed.ts';
import { checkParents } from './parents.ts';
import { checkPrefixes, checkReplay } from './replays.ts';
import { checkResults } from './results.ts';

export { checkLoss } from './owners.ts';

/** When the program has ended, and all that it left behind. */
export async function checkAtRest(
  chronicle: Chronicle,
  bundleFor: (version: Version) => WorkflowBundle,
): Promise<void> {
  for (const { workflowId, runId, events } of chronicle.runs) {
    const problem = grammarProblem(events);
    check(problem === undefined, 'grammar', () => `${workflowId} ${runId}: ${problem}`);
  }
  checkOnce(chronicle);
  checkAttempts(chronicle);
  checkInputs(chronicle);
  checkResults(chronicle);
  checkParents(chronicle);
  checkListed(chronicle);
  checkClosed(chronicle);
  checkBounds(chronicle);
  const bundle = bundleFor({ isNew: chronicle.scenario.deployAtMs !== undefined, isBroken: false });
  await checkReplay(chronicle, bundle);
  await checkPrefixes(chronicle, bundle);
}

/** When everything has outlived its retention. */
export function checkErased(world: SimWorld): void {
  for (const object of world.objects.values()) {
    const { name, storage, isArmed } = object;
    const rows = storage.rows();
    check(Object.keys(rows).length === 0, 'erased', () => `${name} still has ${JSON.stringify(rows)}`);
    check(storage.alarmOnDisk === null && !isArmed, 'erased', () => `${name} still has an alarm`);
  }
  for (const { name, storage, isArmed } of world.shards.values()) {
    const { runs = 0, attributes = 0, erased = 0 } = storage.rows();
    const left = runs + attributes + erased;
    check(left === 0, 'erased', () => `shard ${name} still has ${JSON.stringify(storage.rows())}`);
    check(storage.alarmOnDisk === null && !isArmed, 'erased', () => `shard ${name} still has an alarm`);
  }
}
