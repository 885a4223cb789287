import { addOne } from './add-one.ts';
import { connectDemoService, type DemoServiceOptions } from './demo-service.ts';
import { notificationActivities } from './notifications.ts';
import { orderActivities } from './orders.ts';

export type { Campaign, Notification } from './notifications.ts';
export type { Order } from './orders.ts';

/** The activities of all samples, bound to the demo service they call. */
export function createActivities(options: DemoServiceOptions) {
  const call = connectDemoService(options);
  return { ...orderActivities(call), ...notificationActivities(call), addOne };
}

/** What workflows name in `proxyActivities`: a type only, so that no activity code gets into the workflow bundle. */
export type Activities = ReturnType<typeof createActivities>;
