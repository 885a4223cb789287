/**
 * What the crash test starts: runs of every sample, with failures and signals drawn from the seed, each with what must have
 * come of it however often the runtime was killed meanwhile.
 */
import type { Order } from '../../src/activities/index.ts';
import type { ApprovalInput } from '../../src/workflows/approval.ts';
import type { CartInput, CartItem } from '../../src/workflows/cart.ts';
import type { Failure, RunEnd } from './api.ts';
import type { Books } from './books.ts';
import type { Random } from './options.ts';

export interface PlannedSignal {
  /** After the acknowledged start. */
  afterMs: number;
  name: string;
  args: unknown[];
}

export interface Ended extends RunEnd {
  /** Of the chain's first run to its last; their steps have these in their keys in the books. */
  runIds: string[];
  /** Signals that the history holds, in its order. */
  signals: RecordedSignal[];
  books: Books;
}

export interface RecordedSignal {
  name: string;
  args: unknown[];
  /** The run that found it waiting when it set its handlers: then it is handled when its name gets one, and not in the order of history (SIG-4). */
  foundBy?: string;
}

export interface Plan {
  workflowType: 'order' | 'orderSaga' | 'approval' | 'notifyAll' | 'cart';
  kind: string;
  workflowId: string;
  input: unknown;
  signals: PlannedSignal[];
  /** It is open at least so long. */
  leastMs: number;
  /** Left alone it is closed after so long: delays of its own, backoffs of the failures asked for, timers. */
  ownMs: number;
  /** What is wrong with how it ended; nothing when all is well. */
  judge(end: Ended): string[];
}

/** `failing`: of a hundred steps, how many fail at first. */
type Draw = (random: Random, workflowId: string, failing: number) => Plan;

/** More of what lives long, so that few starts a second keep many in flight: load is not what is tested. */
const draws: readonly [Draw, ...Draw[]] = [
  ...[plainOrder, cancelledOrder, refusedOrder, saga, refusedSaga],
  ...[answeredApproval, answeredApproval, answeredApproval, unansweredApproval],
  ...[campaign, campaign, campaign, campaign],
  ...[shopping, shopping, shopping, abandonedCart],
] as const;

export function drawPlan(random: Random, prefix: string, index: number, failing: number): Plan {
  return random.pick(draws)(random, `${prefix}-${index}`, failing);
}

function drawOrder(
  random: Random,
  orderId: string,
  failing: number,
): Order & { simulate: NonNullable<Order['simulate']> } {
  const fails = () => ({ failures: random.chance(failing / 100) ? 1 : 0 });
  return {
    orderId,
    items: [{ sku: random.chance(0.2) ? 'fail-once-lamp' : 'lamp', quantity: random.between(1, 5) }],
    amount: random.between(1, 500),
    simulate: {
      createOrder: { delayMs: random.between(0, 4_000), ...fails() },
      chargePayment: { delayMs: random.between(0, 7_000), lostAnswers: random.between(0, 2), ...fails() },
      reserveInventory: { delayMs: random.between(0, 7_000), ...fails() },
      shipOrder: { delayMs: random.between(0, 7_000) },
    },
  };
}

/** The delays and backoffs of an order in which each step fails as often as it may on request. */
const ORDER_OWN_MS = 40_000;

function plainOrder(random: Random, workflowId: string, failing: number): Plan {
  const input = drawOrder(random, workflowId, failing);
  return {
    ...{ workflowType: 'order', kind: 'completes', workflowId, input, signals: [], ownMs: ORDER_OWN_MS },
    leastMs: Math.max(
      input.simulate.chargePayment?.delayMs ?? 0,
      input.simulate.reserveInventory?.delayMs ?? 0,
    ),
    judge: (end) => [
      ...judgeOrder(end),
      ...expectStatus(end, 'COMPLETED'),
      ...expectValue(end, 'status', 'completed'),
    ],
  };
}

function cancelledOrder(random: Random, workflowId: string, failing: number): Plan {
  const input = drawOrder(random, workflowId, failing);
  const signals = [{ afterMs: random.between(0, 9_000), name: 'cancelOrder', args: ['changed my mind'] }];
  return {
    ...{
      workflowType: 'order',
      kind: 'is cancelled',
      workflowId,
      input,
      signals,
      ownMs: ORDER_OWN_MS,
      leastMs: 0,
    },
    judge(end) {
      const wanted = end.signals.length > 0 ? expectValue(end, 'status', 'cancelled') : [];
      return [...judgeOrder(end), ...expectStatus(end, 'COMPLETED'), ...wanted];
    },
  };
}

function refusedOrder(random: Random, workflowId: string, failing: number): Plan {
  const input = { ...drawOrder(random, workflowId, failing), amount: 666 };
  return {
    ...{ workflowType: 'order', kind: 'is declined', workflowId, input, signals: [], ownMs: ORDER_OWN_MS },
    leastMs: input.simulate.chargePayment?.delayMs ?? 0,
    judge: (end) => [...judgeOrder(end), ...expectStatus(end, 'FAILED'), ...expectCause(end, 'CardDeclined')],
  };
}

/** All of an order is in the books when it completed, and nothing of it when it did not. */
function judgeOrder({ result, books, runIds: [runId = ''] }: Ended): string[] {
  const isComplete = (result as { status?: string } | undefined)?.status === 'completed';
  return (['createOrder', 'chargePayment', 'reserveInventory'] as const)
    .filter((operation) => books.stands(runId, operation) !== isComplete)
    .map((operation) => `${operation} ${isComplete ? 'is missing from' : 'still stands in'} the books`);
}

function saga(random: Random, workflowId: string, failing: number): Plan {
  const input = drawOrder(random, workflowId, failing);
  return {
    ...{ workflowType: 'orderSaga', kind: 'completes', workflowId, input, signals: [], ownMs: ORDER_OWN_MS },
    leastMs: input.simulate.shipOrder?.delayMs ?? 0,
    judge(end) {
      if (end.status === 'COMPLETED') return judgeSaga(end);
      // At most once: what a crash hits in flight is not repeated, and the saga rolls back (V6 asks for the crash).
      const { cause, activityFailureInfo } = end.failure ?? {};
      const isHit = cause?.timeoutFailureInfo !== undefined || isBreakdown(cause);
      const isLost = activityFailureInfo?.activityType?.name === 'shipOrder' && isHit;
      return [...judgeSaga(end), ...(isLost ? [] : [`ended ${end.status}: ${JSON.stringify(end.failure)}`])];
    },
  };
}

/** What an activity fails with when the demo service, whose disk is full or whose process is gone, answers with an error of its own. */
export function isBreakdown(failure: Failure | undefined): boolean {
  return failure?.message === 'Internal Server Error' && failure.applicationFailureInfo !== undefined;
}

function refusedSaga(random: Random, workflowId: string, failing: number): Plan {
  const input = { ...drawOrder(random, workflowId, failing), amount: 666 };
  return {
    ...{
      workflowType: 'orderSaga',
      kind: 'is declined',
      workflowId,
      input,
      signals: [],
      ownMs: ORDER_OWN_MS,
    },
    leastMs: input.simulate.chargePayment?.delayMs ?? 0,
    judge: (end) => [...judgeSaga(end), ...expectStatus(end, 'FAILED'), ...expectCause(end, 'CardDeclined')],
  };
}

function judgeSaga({ status, books, runIds: [runId = ''] }: Ended): string[] {
  const isComplete = status === 'COMPLETED';
  return (['reserveInventory', 'chargePayment', 'shipOrder'] as const)
    .filter((operation) => books.stands(runId, operation) !== isComplete)
    .map((operation) => `${operation} ${isComplete ? 'is missing from' : 'still stands in'} the books`);
}

function answeredApproval(random: Random, workflowId: string): Plan {
  const approved = random.chance(0.5);
  const afterMs = random.between(5_000, 120_000);
  const input: ApprovalInput = { subject: workflowId, timeout: '1h' };
  const signals = [{ afterMs, name: 'approve', args: [approved] }];
  return {
    ...{
      workflowType: 'approval',
      kind: 'is answered',
      workflowId,
      input,
      signals,
      ownMs: afterMs,
      leastMs: afterMs,
    },
    judge: (end) => [
      ...expectStatus(end, 'COMPLETED'),
      ...expectValue(end, 'status', approved ? 'approved' : 'rejected'),
    ],
  };
}

function unansweredApproval(random: Random, workflowId: string): Plan {
  const timeout = random.between(5_000, 90_000);
  const input: ApprovalInput = { subject: workflowId, timeout };
  return {
    ...{
      workflowType: 'approval',
      kind: 'expires',
      workflowId,
      input,
      signals: [],
      ownMs: timeout,
      leastMs: timeout,
    },
    judge: (end) => [...expectStatus(end, 'COMPLETED'), ...expectValue(end, 'status', 'auto_rejected')],
  };
}

function campaign(random: Random, workflowId: string): Plan {
  const recipients = Array.from({ length: random.between(10, 40) }, (_, index) =>
    random.chance(0.05) ? `fail-once-${index}` : `customer-${index}`,
  );
  const pauseMs = random.between(500, 3_000);
  const input = { campaign: workflowId, recipients, message: 'news', pauseMs };
  const ownMs = recipients.length * (pauseMs + 100) + 20_000;
  return {
    ...{ workflowType: 'notifyAll', kind: 'notifies', workflowId, input, signals: [], ownMs },
    leastMs: recipients.length * pauseMs,
    judge(end) {
      const missed = recipients.filter(
        (_, index) => !end.books.hasEffect(`${end.runIds[0]}/sendNotification/${index}`),
      );
      return [
        ...expectStatus(end, 'COMPLETED'),
        ...expectValue(end, 'notified', recipients.length),
        ...missed.map((recipient) => `${recipient} was not notified`),
      ];
    },
  };
}

function shopping(random: Random, workflowId: string): Plan {
  const signals: PlannedSignal[] = [{ afterMs: 0, name: 'add', args: [{ sku: 'bag', quantity: 1 }] }];
  for (let change = random.between(3, 12); change > 0; change--) {
    const item: CartItem = { sku: random.pick(['tea', 'rice', 'salt']), quantity: random.between(1, 3) };
    const name = random.chance(0.8) ? 'add' : 'remove';
    signals.push({ afterMs: random.between(200, 12_000), name, args: [item] });
  }
  signals.push({ afterMs: random.between(200, 6_000), name: 'checkout', args: [] });
  const afterMs = signals.reduce((sum, signal) => sum + signal.afterMs, 0);
  const input: CartInput = { customerId: workflowId, expiry: '1h', changesPerRun: random.between(2, 5) };
  return {
    ...{
      workflowType: 'cart',
      kind: 'checks out',
      workflowId,
      input,
      signals,
      ownMs: afterMs,
      leastMs: afterMs,
    },
    judge: (end) => [
      ...expectStatus(end, 'COMPLETED'),
      ...expectValue(end, 'status', 'checked_out'),
      ...expectValue(end, 'items', contentsAfter(end.signals)),
    ],
  };
}

/** As the cart sets its handlers. */
const HANDLERS = ['add', 'remove', 'checkout'];

function inOrderOfHandling(signals: readonly RecordedSignal[]): RecordedSignal[] {
  const ordered: RecordedSignal[] = [];
  for (let from = 0; from < signals.length; ) {
    const run = signals[from]?.foundBy;
    let to = from + 1;
    while (run !== undefined && signals[to]?.foundBy === run) to++;
    const together = signals.slice(from, to);
    ordered.push(...together.sort((a, b) => HANDLERS.indexOf(a.name) - HANDLERS.indexOf(b.name)));
    from = to;
  }
  return ordered;
}

/** The cart as its signals leave it. V3 says which these have to be. */
function contentsAfter(signals: Ended['signals']): CartItem[] {
  const quantities = new Map<string, number>();
  for (const { name, args } of inOrderOfHandling(signals)) {
    if (name === 'checkout') break;
    const { sku, quantity } = args[0] as CartItem; // As `shopping` made it.
    const left = (quantities.get(sku) ?? 0) + (name === 'add' ? quantity : -quantity);
    if (left > 0) quantities.set(sku, left);
    else quantities.delete(sku);
  }
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

function abandonedCart(random: Random, workflowId: string): Plan {
  const expiry = random.between(5_000, 90_000);
  const items = [{ sku: 'book', quantity: random.between(1, 9) }];
  const input: CartInput = { customerId: workflowId, expiry, items };
  return {
    ...{
      workflowType: 'cart',
      kind: 'expires',
      workflowId,
      input,
      signals: [],
      ownMs: expiry,
      leastMs: expiry,
    },
    judge: (end) => [
      ...expectStatus(end, 'COMPLETED'),
      ...expectValue(end, 'status', 'expired'),
      ...expectValue(end, 'items', items),
    ],
  };
}

function expectStatus({ status, failure }: Ended, wanted: string): string[] {
  return status === wanted
    ? []
    : [`ended ${status} instead of ${wanted} ${failure ? JSON.stringify(failure) : ''}`];
}

function expectValue({ result }: Ended, name: string, wanted: unknown): string[] {
  const found = JSON.stringify((result as Record<string, unknown> | undefined)?.[name]);
  return found === JSON.stringify(wanted)
    ? []
    : [`result.${name} is ${found} instead of ${JSON.stringify(wanted)}`];
}

function expectCause({ failure }: Ended, type: string): string[] {
  const found = innermost(failure)?.applicationFailureInfo?.type;
  return found === type ? [] : [`failed because of ${found} instead of ${type}`];
}

function innermost(failure: Failure | undefined): Failure | undefined {
  let cause = failure;
  while (cause?.cause) cause = cause.cause;
  return cause;
}
