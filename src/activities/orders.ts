import type { Item, Simulation } from '../demo/operations.ts';
import type { CallDemoService } from './demo-service.ts';

export interface Order {
  orderId: string;
  items: Item[];
  /** In whole cents. 666 is declined. */
  amount: number;
  /** Failures to be shown by the demo service. */
  simulate?: Simulation;
}

/** The steps of an order, and what undoes each of them. */
export function orderActivities(call: CallDemoService) {
  const about = ({ orderId, simulate }: Order) => ({ subject: orderId, simulate });
  return {
    createOrder: (order: Order): Promise<string> =>
      call('createOrder', { ...about(order), items: order.items }),
    cancelOrder: (order: Order): Promise<string> => call('cancelOrder', about(order)),

    chargePayment: (order: Order): Promise<string> =>
      call('chargePayment', { ...about(order), amount: order.amount }),
    refundPayment: (order: Order): Promise<string> => call('refundPayment', about(order)),

    reserveInventory: (order: Order): Promise<string> =>
      call('reserveInventory', { ...about(order), items: order.items }),
    releaseInventory: (order: Order): Promise<string> => call('releaseInventory', about(order)),

    shipOrder: (order: Order): Promise<string> => call('shipOrder', about(order)),
    cancelShipment: (order: Order): Promise<string> => call('cancelShipment', about(order)),
  };
}
