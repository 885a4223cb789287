/**
 * The saga pattern: reserve, charge, ship. What undoes a step is noted before the step begins, so that it is there whatever
 * happens to the step. On a failure the notes are worked off in reverse; one that fails itself is logged and passed over.
 */
import { CancellationScope, log, proxyActivities } from 'perdure/workflow';
import type { Activities, Order } from '../activities/index.ts';

export interface OrderSagaResult {
  orderId: string;
  reservationId: string;
  paymentId: string;
  shipmentId: string;
}

interface Compensation {
  name: string;
  run(): Promise<unknown>;
}

const retry = { initialInterval: '500ms', maximumInterval: '10s' } as const;

const { reserveInventory, chargePayment } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry,
});

/** The carrier does not recognise a repeated request: it is asked at most once. */
const { shipOrder } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 1 },
});

const { releaseInventory, refundPayment, cancelShipment } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '10m',
  retry,
});

export async function orderSaga(order: Order): Promise<OrderSagaResult> {
  const compensations: Compensation[] = [];
  try {
    compensations.unshift({ name: 'releaseInventory', run: () => releaseInventory(order) });
    const reservationId = await reserveInventory(order);

    compensations.unshift({ name: 'refundPayment', run: () => refundPayment(order) });
    const paymentId = await chargePayment(order);

    compensations.unshift({ name: 'cancelShipment', run: () => cancelShipment(order) });
    const shipmentId = await shipOrder(order);

    return { orderId: order.orderId, reservationId, paymentId, shipmentId };
  } catch (error) {
    await CancellationScope.nonCancellable(() => compensate(compensations));
    throw error;
  }
}

async function compensate(compensations: Compensation[]): Promise<void> {
  for (const { name, run } of compensations) {
    try {
      await run();
    } catch (error) {
      log.error('compensation failed', { compensation: name, error: String(error) });
    }
  }
}
