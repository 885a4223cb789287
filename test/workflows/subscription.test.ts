/** The `subscription` sample: months of billing pass in no time. */
import { join } from 'node:path';
import { type WorkflowHandle, WorkflowUpdateFailedError } from 'perdure/client';
import { ApplicationFailure } from 'perdure/common';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  cancelSubscription,
  changeAmount,
  type Subscription,
  subscription,
  subscriptionStatus,
} from '../../src/workflows/subscription.ts';
import { useEnvironment } from '../sdk/testing/environment.ts';

const taskQueue = 'billing';
const DAY = 24 * 3_600_000;
const charges: { orderId: string; amount: number; at: number }[] = [];
const messages: string[] = [];

const activities = {
  async chargePayment({ orderId, amount }: { orderId: string; amount: number }): Promise<string> {
    if (amount === 666) throw ApplicationFailure.nonRetryable('declined');
    charges.push({ orderId, amount, at: await served.env.currentTimeMs() });
    return 'paid';
  },
  async notify({ recipient, message }: { recipient: string; message: string }): Promise<void> {
    messages.push(`${recipient}: ${message}`);
  },
};

const served = useEnvironment({
  create: () => TestWorkflowEnvironment.createTimeSkipping(),
  taskQueue,
  workflowsPath: join(import.meta.dirname, '../../src/workflows/subscription.ts'),
  activities,
  isQuiet: true,
});

beforeEach(() => {
  charges.length = 0;
  messages.length = 0;
});

function subscribe(plan: Subscription): Promise<WorkflowHandle<typeof subscription>> {
  return served.env.client.workflow.start(subscription, {
    taskQueue,
    workflowId: plan.customer,
    args: [plan],
  });
}

const daysBetween = () =>
  charges.slice(1).map(({ at }, index) => Math.round((at - (charges[index]?.at ?? 0)) / DAY));

describe('subscription', () => {
  it('charges at the beginning of each cycle, one run for each', async () => {
    const handle = await subscribe({ customer: 'ann', amount: 500, cycle: '30 days', cyclesMax: 12 });
    expect(await handle.result()).toEqual({ state: 'ended', cycle: 12, charged: 6_000, amount: 500 });
    expect(charges.map(({ orderId }) => orderId)).toEqual(
      Array.from({ length: 12 }, (_, index) => `ann/cycle-${index + 1}`),
    );
    expect(daysBetween()).toEqual(Array.from({ length: 11 }, () => 30));
    const { historyLength } = await served.env.client.workflow.getHandle('ann').describe();
    expect(historyLength).toBeLessThan(20);
  });

  it('a trial is free, and cancelled in time costs nothing', async () => {
    const handle = await subscribe({ customer: 'bob', amount: 500, cycle: '30 days', trial: '14 days' });
    await served.env.sleep(10 * DAY);
    expect(await handle.query(subscriptionStatus)).toMatchObject({ state: 'trial', charged: 0 });
    await handle.signal(cancelSubscription);
    expect(await handle.result()).toEqual({ state: 'cancelled', cycle: 0, charged: 0, amount: 500 });
    expect(charges).toEqual([]);
  });

  it('after the trial the first charge comes; cancelled, it ends with the cycle that is paid', async () => {
    const handle = await subscribe({ customer: 'eve', amount: 500, cycle: '30 days', trial: '14 days' });
    const began = await served.env.currentTimeMs();
    await served.env.sleep(20 * DAY);
    await handle.signal(cancelSubscription);
    expect(await handle.query(subscriptionStatus)).toMatchObject({ state: 'active', cycle: 1 });
    expect(await handle.result()).toMatchObject({ state: 'cancelled', charged: 500 });
    expect(Math.round(((await served.env.currentTimeMs()) - began) / DAY)).toBe(44);
  });

  it('a new amount holds from the next cycle on', async () => {
    const handle = await subscribe({ customer: 'joe', amount: 500, cycle: '30 days', cyclesMax: 3 });
    await served.env.sleep(DAY);
    expect(await handle.executeUpdate(changeAmount, { args: [700] })).toMatchObject({ amount: 700 });
    await expect(handle.executeUpdate(changeAmount, { args: [-1] })).rejects.toThrow(
      WorkflowUpdateFailedError,
    );
    expect(await handle.result()).toMatchObject({ charged: 500 + 700 + 700 });
    expect(charges.map(({ amount }) => amount)).toEqual([500, 700, 700]);
  });

  it('a charge that is declined ends it, and the customer hears of it', async () => {
    const handle = await subscribe({ customer: 'max', amount: 666, cycle: '30 days' });
    expect(await handle.result()).toMatchObject({ state: 'unpaid', charged: 0 });
    expect(messages).toEqual(['max: Your payment failed.']);
  });
});
