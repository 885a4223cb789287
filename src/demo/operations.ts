/**
 * What the demo service offers, and the failures that a caller may ask it for. Types and rules without I/O: the routes, the
 * ledger and the activities share them, and workflows use their types.
 */

/** Each operation, where it is served below `/demo`, and, for those that undo another, which one. */
export const operations = {
  createOrder: { path: '/orders', idPrefix: 'ord' },
  cancelOrder: { path: '/orders/cancellations', idPrefix: 'can', undoes: 'createOrder' },
  chargePayment: { path: '/payments', idPrefix: 'pay' },
  refundPayment: { path: '/payments/refunds', idPrefix: 'ref', undoes: 'chargePayment' },
  reserveInventory: { path: '/inventory/reservations', idPrefix: 'res' },
  releaseInventory: { path: '/inventory/releases', idPrefix: 'rel', undoes: 'reserveInventory' },
  shipOrder: { path: '/shipping/shipments', idPrefix: 'shp' },
  cancelShipment: { path: '/shipping/cancellations', idPrefix: 'rcl', undoes: 'shipOrder' },
  sendNotification: { path: '/notifications', idPrefix: 'msg' },
} as const satisfies Record<string, { path: string; idPrefix: string; undoes?: string }>;

export type Operation = keyof typeof operations;

/** A failure asked for. Counts are per idempotency key, that is, per step of one run. */
export interface Fault {
  /** The first so many requests are answered 503 and do nothing. */
  failures?: number;
  /** The first so many requests do their work, and are then answered 503 as if the answer had been lost. */
  lostAnswers?: number;
  /** Every request is refused with 422: trying again does not help. */
  refuse?: boolean;
  /** Every request waits this long before anything else happens. */
  delayMs?: number;
}

/** Failures by operation, e.g. `{ chargePayment: { failures: 2 } }`. */
export type Simulation = Partial<Record<Operation, Fault>>;

export interface Item {
  sku: string;
  quantity: number;
}

/** One request, as the ledger takes it. */
export interface ServiceCall {
  operation: Operation;
  /** Whom it concerns: an order ID, a campaign. The ledger is read by prefixes of it. */
  subject: string;
  /** Requests with one key take effect once. */
  key: string;
  /** Of an undo: the key of what is to be undone. */
  undoKey?: string;
  /** The caller's attempt, for the record. */
  attempt?: number;
  amount?: number;
  items?: Item[];
  recipient?: string;
  message?: string;
  fault?: Fault;
}

export interface ServiceAnswer {
  status: 200 | 409 | 422 | 503;
  /** What was made, or was already there. Empty when there was nothing to undo. */
  id?: string;
  /** A refusal's name, e.g. `CardDeclined`, and text. */
  error?: string;
  message?: string;
}

/** What became of one request. */
export type Outcome =
  | 'done'
  /** The key had taken effect before: the same answer again. */
  | 'repeated'
  | 'undone'
  /** An undo that found nothing: a later request with the key it names is refused. */
  | 'nothing-to-undo'
  /** Refused because it was undone before it came. */
  | 'too-late'
  | 'refused'
  | 'unavailable'
  | 'answer-lost';

export interface LedgerEntry {
  seq: number;
  time: string;
  operation: Operation;
  subject: string;
  key: string;
  attempt: number;
  outcome: Outcome;
  id?: string;
  recipient?: string;
}

/** The faults of a call: those asked for by name, and those that a product's name stands for. */
export function faultOf(call: ServiceCall): Fault {
  const failsOnce = [...(call.items ?? []).map((item) => item.sku), call.recipient ?? ''].some((name) =>
    name.startsWith('fail-once'),
  );
  return { failures: failsOnce ? 1 : 0, ...call.fault };
}

/** Why the service will never do what is asked, or undefined. */
export function refusalOf(call: ServiceCall): { error: string; message: string } | undefined {
  if (call.fault?.refuse) {
    return { error: 'Refused', message: `${call.operation} was refused, as the request asked for` };
  }
  if (call.operation === 'chargePayment' && call.amount === 666) {
    return { error: 'CardDeclined', message: 'the card was declined' };
  }
  const missing = call.items?.find((item) => item.sku.startsWith('out-of-stock'));
  if (call.operation === 'reserveInventory' && missing) {
    return { error: 'OutOfStock', message: `${missing.sku} is out of stock` };
  }
  return undefined;
}
