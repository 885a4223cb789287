export * from './activities.ts';
export * from './chains.ts';
export * from './children.ts';
export * from './determinism.ts';
export * from './failures.ts';
export * from './messages.ts';
export * from './scopes.ts';
export * from './timers.ts';
