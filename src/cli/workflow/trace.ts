import { setTimeout as delay } from 'node:timers/promises';
import { defineCommand } from '../command/definition.ts';
import { choices, integer, toggle } from '../command/flags.ts';
import { duration } from '../output/formats.ts';
import type { TextOptions } from '../output/table.ts';
import { executionFlags } from './flags.ts';
import { type TraceNode, traceOf } from './trace-tree.ts';

const REFRESH_MS = 1000;
const FOLDED = ['Completed', 'Canceled', 'Terminated'];
const DEPTH = 10;

const MARKS: Readonly<Record<string, string>> = {
  Running: '▷',
  Initiated: '▷',
  Completed: '✓',
  Fired: '✓',
  ContinuedAsNew: '»',
};

export const trace = defineCommand({
  name: 'trace',
  about: 'Show a workflow with its activities, timers and child workflows',
  details:
    'On a terminal it is drawn again as it changes, until the workflow ends; elsewhere it is shown once, as it is.',
  flags: {
    ...executionFlags,
    fold: choices(
      '--fold <status>',
      'Do not look into child workflows in this state. Default completed, canceled, terminated',
      {
        running: 'Running',
        completed: 'Completed',
        failed: 'Failed',
        canceled: 'Canceled',
        terminated: 'Terminated',
        timedout: 'TimedOut',
        continueasnew: 'ContinuedAsNew',
      },
    ),
    noFold: toggle('--no-fold', 'Look into all child workflows'),
    depth: integer('--depth <count>', `Levels of child workflows to look into. Default ${DEPTH}`),
  },
  async run({ api, out, io }, flags) {
    const folded = new Set<string>(flags.noFold ? [] : flags.fold.length > 0 ? flags.fold : FOLDED);
    const read = () => traceOf(api, flags, { depth: flags.depth ?? DEPTH, folded });
    let tree = await read();
    out.show(tree, (options) => linesOf(tree, options).join('\n'));
    const isLive = io.isTerminal && out.format === 'text';
    while (isLive && tree.status === 'Running') {
      await delay(REFRESH_MS);
      const { length } = linesOf(tree, RAW);
      tree = await read();
      // Up to where it began, and away with what is below.
      out.text((options) => `\u001b[${length}F\u001b[J${linesOf(tree, options).join('\n')}`);
    }
  },
});

const RAW: TextOptions = { timeFormat: 'raw', isColored: false, now: () => 0 };

function linesOf(node: TraceNode, options: TextOptions, level = 0): string[] {
  const own = `${'  '.repeat(level + 1)}${MARKS[node.status] ?? '✗'} ${titleOf(node, options)}`;
  return [own, ...(node.children ?? []).flatMap((child) => linesOf(child, options, level + 1))];
}

function titleOf(
  { kind, name, status, workflowId, runId, attempt, failure }: TraceNode,
  options: TextOptions,
): string {
  const what = kind === 'timer' ? duration(name, options) || '0s' : name;
  const where =
    workflowId === undefined ? '' : `  workflow ${workflowId}${runId === undefined ? '' : `, run ${runId}`}`;
  const tried = attempt === undefined ? '' : `  attempt ${attempt}`;
  return `${status} ${kind} ${what}${where}${tried}${failure === undefined ? '' : `: ${failure}`}`.replaceAll(
    '\n',
    ' ',
  );
}
