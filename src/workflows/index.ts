/** The workflows of this Worker: each function exported here is a workflow type. */
export { approval } from './approval.ts';
export { cart } from './cart.ts';
export { fanOut, fanOutPart } from './fan-out.ts';
export { nightlyReport } from './nightly-report.ts';
export { notifyAll } from './notify-all.ts';
export { order } from './order.ts';
export { orderSaga } from './order-saga.ts';
export { subscription } from './subscription.ts';
