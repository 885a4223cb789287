import { activityOrTimer } from './timers.ts';

export * from './activities.ts';
export * from './chains.ts';
export * from './children.ts';
export * from './costs.ts';
export * from './determinism.ts';
export * from './failures.ts';
export * from './intercepted.ts';
export * from './local-activities.ts';
export * from './messages.ts';
export * from './patterns.ts';
export * from './scopes.ts';
export * from './syntax.ts';
export * from './timers.ts';

/** Under a second name. */
export { activityOrTimer as renamed };
