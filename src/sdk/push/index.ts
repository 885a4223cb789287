/**
 * `perdure/push`: runs the activities of a task queue on any host that serves HTTP, as they are pushed to it.
 *
 * @module
 */
export { createPushApp, type PushAppOptions, type SeenIds } from './push-app.ts';
