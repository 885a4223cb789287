/** A workflow with its activities, timers and child workflows, read from histories: what `trace` shows. */
import type { Api, JsonObject } from '../command/api.ts';
import { pascalCase } from '../output/formats.ts';
import { at, textAt } from '../output/table.ts';
import { attributesOf, eventPages } from './history.ts';

export interface TraceNode {
  readonly kind: 'workflow' | 'activity' | 'timer';
  readonly name: string;
  /** `Running`, `Completed`... */
  status: string;
  readonly workflowId?: string;
  runId?: string;
  /** Of an activity that was tried more than once. */
  attempt?: number;
  failure?: string;
  /** Absent where it is not looked into. */
  children?: TraceNode[];
}

export interface TraceOptions {
  /** How many levels of child workflows are looked into. */
  readonly depth: number;
  /** Child workflows in these states are not looked into. */
  readonly folded: ReadonlySet<string>;
}

const RUNNING = 'Running';
/** Of one run, those that are shown. */
const CHILDREN_MAX = 1000;

export async function traceOf(
  api: Api,
  execution: { workflowId: string; runId?: string | undefined },
  options: TraceOptions,
): Promise<TraceNode> {
  const root = await readRun(api, execution);
  await readChildren(api, root, options);
  return root;
}

async function readChildren(api: Api, node: TraceNode, { depth, folded }: TraceOptions): Promise<void> {
  if (depth <= 0) return;
  for (const child of node.children ?? []) {
    if (child.kind !== 'workflow' || child.runId === undefined || folded.has(child.status)) continue;
    const { workflowId = '', runId } = child;
    const read = await readRun(api, { workflowId, runId });
    child.children = read.children ?? [];
    await readChildren(api, child, { depth: depth - 1, folded });
  }
}

/** `ACTIVITY_TASK_TIMED_OUT` ends what `ACTIVITY_TASK_SCHEDULED` began. */
const ENDINGS: readonly (readonly [prefix: string, link: string, statuses: readonly string[]])[] = [
  ['ACTIVITY_TASK_', 'scheduledEventId', ['COMPLETED', 'FAILED', 'TIMED_OUT', 'CANCELED']],
  [
    'CHILD_WORKFLOW_EXECUTION_',
    'initiatedEventId',
    ['COMPLETED', 'FAILED', 'TIMED_OUT', 'CANCELED', 'TERMINATED'],
  ],
  ['TIMER_', 'startedEventId', ['FIRED', 'CANCELED']],
  [
    'WORKFLOW_EXECUTION_',
    '',
    ['COMPLETED', 'FAILED', 'TIMED_OUT', 'CANCELED', 'TERMINATED', 'CONTINUED_AS_NEW'],
  ],
];

async function readRun(
  api: Api,
  execution: { workflowId: string; runId?: string | undefined },
): Promise<TraceNode> {
  const children = new Map<string, TraceNode>();
  let root: TraceNode | undefined;
  for await (const events of eventPages(api, execution, false))
    for (const event of events) {
      root ??= rootOf(event, execution);
      apply(event, root, children);
    }
  if (root === undefined) throw new Error(`the history of workflow '${execution.workflowId}' is empty`);
  root.children = [...children.values()].slice(0, CHILDREN_MAX);
  return root;
}

function rootOf(
  event: JsonObject,
  { workflowId, runId }: { workflowId: string; runId?: string | undefined },
): TraceNode {
  const started = attributesOf(event);
  return {
    kind: 'workflow',
    name: textAt(started, 'workflowType.name'),
    status: RUNNING,
    workflowId,
    runId: runId || textAt(started, 'originalExecutionRunId'),
  };
}

function apply(event: JsonObject, root: TraceNode, children: Map<string, TraceNode>): void {
  const type = textAt(event, 'eventType').replace('EVENT_TYPE_', '');
  const attributes = attributesOf(event);
  const begun = beginning(type, attributes);
  if (begun !== undefined) {
    children.set(textAt(event, 'eventId'), begun);
    return;
  }
  if (type === 'CHILD_WORKFLOW_EXECUTION_STARTED') {
    const child = children.get(textAt(attributes, 'initiatedEventId'));
    if (child !== undefined)
      Object.assign(child, { runId: textAt(attributes, 'workflowExecution.runId'), status: RUNNING });
  }
  if (type === 'ACTIVITY_TASK_STARTED') {
    const child = children.get(textAt(attributes, 'scheduledEventId'));
    const attempt = Number(at(attributes, 'attempt') ?? 1);
    if (child !== undefined && attempt > 1) child.attempt = attempt;
  }
  for (const [prefix, link, statuses] of ENDINGS) {
    const status = type.startsWith(prefix) ? type.slice(prefix.length) : '';
    if (!statuses.includes(status)) continue;
    const node = link === '' ? root : children.get(textAt(attributes, link));
    if (node !== undefined) end(node, status, attributes);
  }
}

function end(node: TraceNode, status: string, attributes: JsonObject): void {
  node.status = pascalCase(status);
  const message = textAt(attributes, 'failure.cause.message') || textAt(attributes, 'failure.message');
  if (message !== '') node.failure = message;
}

function beginning(type: string, attributes: JsonObject): TraceNode | undefined {
  switch (type) {
    case 'ACTIVITY_TASK_SCHEDULED':
      return { kind: 'activity', name: textAt(attributes, 'activityType.name'), status: RUNNING };
    case 'TIMER_STARTED':
      return { kind: 'timer', name: textAt(attributes, 'startToFireTimeout'), status: RUNNING };
    case 'START_CHILD_WORKFLOW_EXECUTION_INITIATED':
      return {
        kind: 'workflow',
        name: textAt(attributes, 'workflowType.name'),
        status: 'Initiated',
        workflowId: textAt(attributes, 'workflowId'),
      };
    default:
      return undefined;
  }
}
