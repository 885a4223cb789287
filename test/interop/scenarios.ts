/** Runs whose histories Temporal's worker must replay: every sample, on each of its ways. */
export interface Scenario {
  name: string;
  workflowType: string;
  input: unknown;
  signals?: { name: string; input: unknown[] }[];
  cancel?: boolean;
}

const items = [{ sku: 'book', quantity: 2 }];
const order = (orderId: string, extra: object = {}) => ({ orderId, items, amount: 4200, ...extra });

export const SCENARIOS: readonly Scenario[] = [
  { name: 'order', workflowType: 'order', input: order('o-1') },
  {
    name: 'order-retried',
    workflowType: 'order',
    input: order('o-2', { simulate: { chargePayment: { failures: 1, delayMs: 300 } } }),
  },
  { name: 'order-declined', workflowType: 'order', input: order('o-3', { amount: 666 }) },
  {
    name: 'order-cancelled',
    workflowType: 'order',
    input: order('o-4', { simulate: { chargePayment: { failures: 1, delayMs: 300 } } }),
    signals: [{ name: 'cancelOrder', input: ['changed my mind'] }],
  },
  {
    name: 'order-cancel-requested',
    workflowType: 'order',
    input: order('o-5', { simulate: { chargePayment: { failures: 1, delayMs: 300 } } }),
    cancel: true,
  },
  { name: 'saga', workflowType: 'orderSaga', input: order('s-1') },
  { name: 'saga-rolled-back', workflowType: 'orderSaga', input: order('s-2', { amount: 666 }) },
  {
    name: 'approval-approved',
    workflowType: 'approval',
    input: { subject: 'a-1', timeout: '10s' },
    signals: [{ name: 'approve', input: [true] }],
  },
  { name: 'approval-expired', workflowType: 'approval', input: { subject: 'a-2', timeout: '1s' } },
  {
    name: 'approval-cancelled',
    workflowType: 'approval',
    input: { subject: 'a-3', timeout: '1h' },
    cancel: true,
  },
  {
    name: 'notify-all',
    workflowType: 'notifyAll',
    input: { campaign: 'c-1', recipients: ['ada', 'grace', 'alan'], message: 'hello' },
  },
  {
    name: 'cart-checked-out',
    workflowType: 'cart',
    input: { customerId: 'k-1' },
    signals: [
      { name: 'add', input: [{ sku: 'pen', quantity: 3 }] },
      { name: 'remove', input: [{ sku: 'pen', quantity: 1 }] },
      { name: 'checkout', input: [] },
    ],
  },
  {
    name: 'cart-continued',
    workflowType: 'cart',
    input: { customerId: 'k-2', changesPerRun: 1, expiry: '15s' },
    signals: [{ name: 'add', input: [{ sku: 'pen', quantity: 3 }] }],
  },
  {
    name: 'nightly-report',
    workflowType: 'nightlyReport',
    input: { report: 'r-1', recipients: ['ada', 'alan'] },
  },
  {
    name: 'subscription-ended',
    workflowType: 'subscription',
    input: { customer: 'u-1', amount: 500, trial: '1s', cycle: '1s', cyclesMax: 2 },
  },
  {
    name: 'subscription-unpaid',
    workflowType: 'subscription',
    input: { customer: 'u-2', amount: 666, cycle: '1s' },
  },
  {
    name: 'subscription-cancelled',
    workflowType: 'subscription',
    input: { customer: 'u-3', amount: 500, trial: '1h', cycle: '1h' },
    signals: [{ name: 'cancelSubscription', input: [] }],
  },
];
