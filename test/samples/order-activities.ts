/** Stands in for the order activities in tests that need no demo service: what was called is in `calls`. */
import { ApplicationFailure } from 'perdure/common';
import type { Activities, Order } from '../../src/activities/index.ts';

type OrderActivities = Pick<
  Activities,
  'createOrder' | 'cancelOrder' | 'chargePayment' | 'refundPayment' | 'reserveInventory' | 'releaseInventory'
>;

export function fakeOrderActivities(): { activities: OrderActivities; calls: string[] } {
  const calls: string[] = [];
  const does = (name: string, id: string) => async () => {
    calls.push(name);
    return id;
  };
  const activities: OrderActivities = {
    createOrder: does('createOrder', 'ord_1'),
    cancelOrder: does('cancelOrder', ''),
    async chargePayment({ amount }: Order) {
      if (amount === 666) throw ApplicationFailure.nonRetryable('no money', 'CardDeclined');
      return await does('chargePayment', 'pay_1')();
    },
    refundPayment: does('refundPayment', ''),
    reserveInventory: does('reserveInventory', 'res_1'),
    releaseInventory: does('releaseInventory', ''),
  };
  return { activities, calls };
}
