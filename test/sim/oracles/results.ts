/** What programs give, against what they have to. */
import { decode } from '../caller.ts';
import { countTold, type Progress } from '../programs/program.ts';
import { difference, expectedOf } from '../programs/reference.ts';
import { LISTENER } from '../programs/workflow.ts';
import { type Chronicle, eventsOf, isUndisturbed } from './chronicle.ts';
import { check } from './failure.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)].sort();

export function checkResults(chronicle: Chronicle): void {
  const { scenario, ended } = chronicle;
  const isDisturbed = !isUndisturbed(chronicle);
  const { interference, program, signals, updates } = scenario;
  const closed = ended?.closeEvent;
  if (interference !== 'none' && closed?.eventType !== 'WorkflowExecutionCompleted') {
    checkInterference(interference, closed?.eventType);
    return;
  }
  check(
    closed?.eventType === 'WorkflowExecutionCompleted',
    'results',
    () => `ended with ${JSON.stringify(closed)}`,
  );
  if (interference !== 'none') return;
  const progress = decode<Progress>(closed.attributes.result);
  const different = difference(program.map(expectedOf), progress.results, isDisturbed);
  check(different === undefined, 'results', () => different ?? '');
  // One whose answer was lost is sent again, perhaps to the next run, which cannot know it (SIG-2, UPD-2).
  const found = isDisturbed ? distinct(progress.signals) : [...progress.signals].sort();
  check(
    `${found}` === `${upTo(signals)}`,
    'results',
    () => `signals ${progress.signals}, not ${upTo(signals)}`,
  );
  // So is one that was admitted, and not yet accepted, when its caller last looked.
  const isChain = program.some(({ kind }) => kind === 'next');
  const noted = isDisturbed || isChain ? distinct(progress.updates) : [...progress.updates].sort();
  check(
    `${noted}` === `${upTo(updates)}`,
    'results',
    () => `updates ${progress.updates}, not ${upTo(updates)}`,
  );
  checkListener(chronicle);
}

function checkInterference(interference: 'cancel' | 'terminate', type: string | undefined): void {
  const right = interference === 'cancel' ? 'WorkflowExecutionCanceled' : 'WorkflowExecutionTerminated';
  check(type === right, 'results', () => `${interference} ended with ${type}`);
}

function checkListener({ scenario, runs }: Chronicle): void {
  const [run] = runs.filter(({ workflowId }) => workflowId === LISTENER);
  const [completed] = run === undefined ? [] : eventsOf(run, 'WorkflowExecutionCompleted');
  const heard = distinct(decode<string[]>(completed?.attributes.result));
  const told = distinct(countTold(scenario.program));
  check(`${heard}` === `${told}`, 'results', () => `the listener heard ${heard}, not ${told}`);
}
