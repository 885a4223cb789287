export * from './activities.ts';
export * from './chains.ts';
export * from './children.ts';
export * from './messages.ts';
export * from './scopes.ts';
export * from './timers.ts';
