/** The `order` sample where two things arrive in one workflow task, which nothing outside can bring about at will. */
import { expect, test } from 'vitest';
import { order } from '../../src/workflows/order.ts';
import { decoded, modes, World } from '../executor/support/world.ts';

const input = { orderId: 'order-1', items: [], amount: 5 };

function scheduled(world: World): (string | undefined)[] {
  return world.events.flatMap((event) =>
    event.eventType === 'ActivityTaskScheduled' ? [event.attributes.activityType?.name] : [],
  );
}

test.each(modes)('$mode: a cancellation that comes with the last result wins', async ({ replayEachTask }) => {
  const world = new World({ order }, 'order', [input], { replayEachTask });
  await world.run();
  world.completeActivity('ord_1', '1');
  await world.run();
  world.completeActivity('pay_1', '2');
  await world.run();
  world.signal('cancelOrder', 'changed my mind');
  world.completeActivity('res_1', '3');
  await world.run();
  for (const activityId of ['4', '5', '6']) {
    world.completeActivity('', activityId);
    await world.run();
  }
  expect(scheduled(world).slice(3)).toEqual(['releaseInventory', 'refundPayment', 'cancelOrder']);
  expect(decoded(world.last('WorkflowExecutionCompleted').attributes.result)).toEqual({
    orderId: 'order-1',
    status: 'cancelled',
    reason: 'changed my mind',
  });
});
