/**
 * A subscription from its trial to its end: charged at the beginning of every billing cycle, changed and cancelled by messages.
 * After each cycle it continues as new, so that years of it keep a short history.
 */
import type { Duration } from 'perdure/common';
import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  log,
  proxyActivities,
  setHandler,
  sleep,
} from 'perdure/workflow';
import type { Activities } from '../activities/index.ts';

export interface Subscription {
  customer: string;
  /** Charged per cycle, in cents. */
  amount: number;
  /** How long one cycle lasts. */
  cycle: Duration;
  /** Free time before the first charge. */
  trial?: Duration;
  /** How many cycles at most; without it until it is cancelled. */
  cyclesMax?: number;
}

/** What goes from one run to the next. */
export interface BillingProgress {
  cycle: number;
  charged: number;
}

export interface SubscriptionStatus extends BillingProgress {
  state: 'trial' | 'active' | 'cancelled' | 'ended' | 'unpaid';
  amount: number;
}

export const subscriptionStatus = defineQuery<SubscriptionStatus>('subscriptionStatus');
/** The amount from the next cycle on; answers with the status. */
export const changeAmount = defineUpdate<SubscriptionStatus, [number]>('changeAmount');
/** What is paid for is used up: it ends with the cycle. */
export const cancelSubscription = defineSignal('cancelSubscription');

const { chargePayment, notify } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumAttempts: 4 },
});

export async function subscription(
  plan: Subscription,
  progress: BillingProgress = { cycle: 0, charged: 0 },
): Promise<SubscriptionStatus> {
  const status: SubscriptionStatus = {
    ...progress,
    state: progress.cycle === 0 && plan.trial !== undefined ? 'trial' : 'active',
    amount: plan.amount,
  };
  let isCancelled = false;
  setHandler(subscriptionStatus, () => ({ ...status }));
  setHandler(cancelSubscription, () => {
    isCancelled = true;
  });
  setHandler(
    changeAmount,
    (amount) => {
      status.amount = amount;
      return { ...status };
    },
    { validator: assertAmount },
  );

  if (status.state === 'trial') await condition(() => isCancelled, plan.trial ?? 0);
  if (!isCancelled) {
    status.state = 'active';
    if (!(await charge(plan, status))) return { ...status, state: 'unpaid' };
    await sleep(plan.cycle);
  }
  if (isCancelled) return { ...status, state: 'cancelled' };
  if (status.cycle === plan.cyclesMax) return { ...status, state: 'ended' };
  const { cycle, charged, amount } = status;
  return continueAsNew<typeof subscription>({ ...plan, amount }, { cycle, charged });
}

/** One cycle's charge; false when it cannot be had. */
async function charge({ customer }: Subscription, status: SubscriptionStatus): Promise<boolean> {
  status.cycle += 1;
  try {
    await chargePayment({ orderId: `${customer}/cycle-${status.cycle}`, items: [], amount: status.amount });
  } catch (error) {
    log.warn('charge failed', { customer, cycle: status.cycle, error });
    await notify({ subject: customer, recipient: customer, message: 'Your payment failed.' });
    return false;
  }
  status.charged += status.amount;
  return true;
}

function assertAmount(amount: number): void {
  if (!Number.isInteger(amount) || amount < 0)
    throw ApplicationFailure.nonRetryable(
      `amount: expected whole cents, 0 or more, got ${amount}`,
      'InvalidAmount',
    );
}
