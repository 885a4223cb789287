import { proxyActivities } from 'perdure/workflow';
import { type Order, OrderMessage } from './root.ts';

const { ship } = proxyActivities<{ ship(order: Order): Promise<Order> }>({ startToCloseTimeout: '10s' });

/** Gives the order as the activity shipped it, inside a message of its own making. */
export async function shipOrder(order: Order): Promise<Order> {
  const shipped = await ship(order);
  return OrderMessage.create({ id: `after ${order.id}`, signature: order.signature, parent: shipped });
}
