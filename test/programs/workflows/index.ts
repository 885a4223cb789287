/** Programs whose every result tells what workflow code has seen. Temporal's worker has to see the same in the same history. */
export * from './failures.ts';
export * from './messages.ts';
export * from './run.ts';
export * from './scopes.ts';
