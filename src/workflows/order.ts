/**
 * An order: created, then paid and reserved side by side. It can be asked how far it is and cancelled on the way; what was
 * done by then is undone, and the run completes as cancelled. When a step can never succeed, the others are undone too, and
 * the run fails.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
} from 'perdure/workflow';
import type { Activities, Order } from '../activities/index.ts';

export type OrderStatus = 'pending' | 'processing' | 'completed' | 'cancelling' | 'cancelled';

export type OrderResult =
  | { orderId: string; status: 'completed'; paymentId: string; reservationId: string }
  | { orderId: string; status: 'cancelled'; reason: string };

export const getStatus = defineQuery<OrderStatus>('getStatus');
export const cancelOrderSignal = defineSignal<[reason?: string]>('cancelOrder');

const { createOrder, chargePayment, reserveInventory, cancelOrder, refundPayment, releaseInventory } =
  proxyActivities<Activities>({
    startToCloseTimeout: '10s',
    retry: { initialInterval: '500ms', maximumInterval: '10s' },
  });

export async function order(input: Order): Promise<OrderResult> {
  const { orderId } = input;
  const steps = new CancellationScope();
  const undo: (() => Promise<unknown>)[] = [];
  let status: OrderStatus = 'pending';
  let cancelReason: string | undefined;

  setHandler(getStatus, () => status);
  setHandler(cancelOrderSignal, (reason = 'no reason given') => {
    cancelReason ??= reason;
    status = 'cancelling';
    steps.cancel();
  });

  /** Runs a step, and keeps what undoes it, unless it certainly had no effect. */
  async function step(run: (order: Order) => Promise<string>, undoStep: (order: Order) => Promise<string>) {
    try {
      const id = await run(input);
      undo.unshift(() => undoStep(input));
      return id;
    } catch (error) {
      if (mayHaveHappened(error)) undo.unshift(() => undoStep(input));
      throw error;
    }
  }

  try {
    const [paymentId, reservationId] = await steps.run(async () => {
      await step(createOrder, cancelOrder);
      status = 'processing';
      return allOrCancel(steps, [
        step(chargePayment, refundPayment),
        step(reserveInventory, releaseInventory),
      ]);
    });
    // The cancellation may have come together with the result of the last step.
    if (cancelReason !== undefined) throw new CancelledFailure(cancelReason);
    status = 'completed';
    return { orderId, status, paymentId, reservationId };
  } catch (error) {
    status = 'cancelling';
    await CancellationScope.nonCancellable(async () => {
      for (const undoStep of undo) await undoStep();
    });
    status = 'cancelled';
    if (cancelReason === undefined || !isCancellation(error)) throw error;
    return { orderId, status, reason: cancelReason };
  }
}

/** Waits for all, as `Promise.all` does; but when one fails the others are cancelled and waited for as well. */
async function allOrCancel<T extends readonly unknown[]>(
  scope: CancellationScope,
  promises: { [K in keyof T]: Promise<T[K]> },
) {
  try {
    return await Promise.all(promises);
  } catch (error) {
    scope.cancel();
    await Promise.allSettled(promises);
    throw error;
  }
}

/** A refusal says that nothing was done. A step that was cancelled or timed out may have been done all the same. */
function mayHaveHappened(error: unknown): boolean {
  return error instanceof ActivityFailure && !(error.cause instanceof ApplicationFailure);
}
