/**
 * What breaks when an object is lost at any event of any sample? Each scenario runs once undisturbed; then again for every
 * moment at which its history had grown, with all objects lost at that moment. Result and history have to be
 * the same each time, down to the attributes, except for times and generated IDs.
 *
 * The demo service takes a while for everything, so that the loss hits runs that wait for it and not the service's own books.
 */
import { setTimeout as settle } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { type Operation, operations, type Simulation } from '../../src/demo/operations.ts';
import { client, lampOrder, milestones, pages, type RecordedEvent, taskQueue, uniqueId } from './support.ts';

interface Scenario {
  name: string;
  workflowType: string;
  input(id: string): unknown;
  /** Signals, each sent once its moment has come, or has come so many times. */
  signals?: { after: string; times?: number; name: string; args: unknown[] }[];
}

const slow = Object.fromEntries(
  Object.keys(operations).map((operation) => [
    operation,
    { delayMs: operation === 'chargePayment' ? 600 : 120 },
  ]),
) as Simulation;

function slowly(operation: Operation, fault: Simulation[Operation]): Simulation {
  return { ...slow, [operation]: { ...slow[operation], ...fault } };
}

const scenarios: Scenario[] = [
  { name: 'order', workflowType: 'order', input: (id) => lampOrder(id, { simulate: slow }) },
  {
    // The payment's answer must come after the run's end, also on a machine that is busy.
    name: 'order, cancelled while it is paid',
    workflowType: 'order',
    input: (id) => lampOrder(id, { simulate: slowly('chargePayment', { delayMs: 10_000 }) }),
    signals: [{ after: 'ActivityTaskCompleted(reserveInventory)', name: 'cancelOrder', args: ['no need'] }],
  },
  {
    name: 'order, declined',
    workflowType: 'order',
    input: (id) => lampOrder(id, { amount: 666, simulate: slow }),
  },
  { name: 'orderSaga', workflowType: 'orderSaga', input: (id) => lampOrder(id, { simulate: slow }) },
  {
    name: 'orderSaga, refused by the carrier',
    workflowType: 'orderSaga',
    input: (id) => lampOrder(id, { simulate: slowly('shipOrder', { refuse: true }) }),
  },
  {
    name: 'approval, answered',
    workflowType: 'approval',
    input: (subject) => ({ subject, simulate: slow }),
    signals: [{ after: 'TimerStarted(43200s)', name: 'approve', args: [true] }],
  },
  {
    name: 'approval, not answered',
    workflowType: 'approval',
    input: (subject) => ({ subject, timeout: 4_000, simulate: slowly('sendNotification', { delayMs: 60 }) }),
  },
  {
    name: 'notifyAll',
    workflowType: 'notifyAll',
    input: (campaign) => ({ campaign, recipients: ['ann', 'bob'], message: 'news', simulate: slow }),
  },
  {
    name: 'cart, continued as new and checked out',
    workflowType: 'cart',
    input: (customerId) => ({
      customerId,
      changesPerRun: 1,
      items: [{ sku: 'tea', quantity: 1 }],
      simulate: slow,
    }),
    signals: [
      { after: 'TimerStarted(86400s)', name: 'add', args: [{ sku: 'rice', quantity: 2 }] },
      { after: 'TimerStarted(86400s)', times: 2, name: 'checkout', args: [] },
    ],
  },
  {
    name: 'cart, expired',
    workflowType: 'cart',
    input: (customerId) => ({ customerId, expiry: 300, items: [{ sku: 'tea', quantity: 1 }] }),
  },
  {
    name: 'nightlyReport',
    workflowType: 'nightlyReport',
    input: (report) => ({ report, recipients: ['ann', 'bob'], simulate: slow }),
  },
  {
    name: 'subscription, cancelled in its trial',
    workflowType: 'subscription',
    input: (customer) => ({ customer, amount: 100, trial: '1h', cycle: '1h' }),
    signals: [{ after: 'TimerStarted(3600s)', name: 'cancelSubscription', args: [] }],
  },
];

/**
 * An attempt whose request has not left its object yet is lost with it, rightly: so much time passes between the commit that
 * tells of an attempt and the loss. The demo service takes longer than that for its answers.
 */
const SENDING_MS = 40;

/**
 * Scenarios have clocks of their own (a deadline, a slow payment), and a machine that is busy can turn the order of two things
 * round that lie seconds apart. What is due to the loss is there again when the play is repeated.
 */
const PLAYS_MAX = 4;

interface Play {
  /** The lengths its history had when something new was seen. */
  lengths: number[];
  result: unknown;
  history: unknown[];
}

async function play(
  scenario: Scenario,
  lossAt = Number.POSITIVE_INFINITY,
  lose?: () => Promise<void>,
): Promise<Play> {
  const workflowId = uniqueId('survival');
  const { workflowType, input } = scenario;
  const handle = await client.workflow.start(workflowType, {
    taskQueue,
    workflowId,
    args: [input(workflowId)],
  });
  const events: RecordedEvent[] = [];
  const lengths: number[] = [];
  const signals = [...(scenario.signals ?? [])];
  let isLost = false;
  let losing: Promise<void> | undefined;
  for (let runId: string | undefined = handle.firstExecutionRunId; runId; runId = nextRunId(events)) {
    for await (const page of pages(workflowId, { runId, isWaiting: true })) {
      events.push(...page);
      if (page.length > 0) lengths.push(events.length);
      if (!isLost && events.length >= lossAt) {
        isLost = true;
        await settle(SENDING_MS);
        losing = lose?.();
      }
      while (signals[0] && hasCome(signals[0], events)) {
        const { name, args } = signals[0];
        signals.shift();
        await client.workflow.getHandle(workflowId).signal(name, ...args);
      }
    }
  }
  await losing;
  const result = await handle
    .result()
    .catch((error: Error) => ({ error: String(error), cause: String(error.cause) }));
  return {
    lengths,
    result: withoutChance(result, workflowId),
    history: withoutChance(events, workflowId) as unknown[],
  };
}

function hasCome({ after, times = 1 }: { after: string; times?: number }, events: RecordedEvent[]): boolean {
  return milestones(events).filter((name) => name === after).length >= times;
}

function nextRunId(events: RecordedEvent[]): string | undefined {
  return events.at(-1)?.attributes.newExecutionRunId as string | undefined;
}

/** Sizes, and what is left of the second that has to lie between two runs. */
const UNEVEN: ReadonlySet<string> = new Set([
  'historySizeBytes',
  'backoffStartInterval',
  'firstWorkflowTaskBackoff',
]);

/** With times, sizes and generated IDs blotted out: the demo service's, and everything that holds a UUID. */
function withoutChance(value: unknown, workflowId: string): unknown {
  const text = JSON.stringify(value, (key, member) => (UNEVEN.has(key) ? undefined : member))
    .replaceAll(workflowId, '<workflow ID>')
    .replace(/\b(ord|can|pay|ref|res|rel|shp|rcl|msg)_[0-9a-f-]{13}/g, '$1_<ID>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<UUID>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
  return JSON.parse(text);
}

function isSame(one: Play, other: Play): boolean {
  return isDeepStrictEqual([one.result, one.history], [other.result, other.history]);
}

/** One test per scenario, with `lose` for the loss. */
export function testSurvival(loss: string, lose: () => Promise<void>): void {
  test.each(scenarios)(
    `$name: ${loss} at each event, it ends as it would have without`,
    async (scenario) => {
      const undisturbed = await play(scenario);
      expect(undisturbed.lengths.length).toBeGreaterThan(1);
      for (const length of undisturbed.lengths.slice(0, -1)) {
        let disturbed = await play(scenario, length, lose);
        for (let plays = 1; plays < PLAYS_MAX && !isSame(disturbed, undisturbed); plays++)
          disturbed = await play(scenario, length, lose);
        expect(disturbed.result, `result after loss at event ${length}`).toEqual(undisturbed.result);
        expect(disturbed.history, `history after loss at event ${length}`).toEqual(undisturbed.history);
      }
    },
    240_000,
  );
}
