export * from './attributes.ts';
export * from './cron.ts';
export * from './payloads.ts';
export { relay } from './relay.ts';
export { listens, tracedChild, tracedParent } from './tracing.ts';
export { counter } from './watched.ts';
