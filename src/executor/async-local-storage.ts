import { AsyncLocalStorage as HostAsyncLocalStorage } from 'node:async_hooks';

/** The platform's async context store, in a form that workflow code cannot change for others. */
export class AsyncLocalStorage<T> extends HostAsyncLocalStorage<T> {}

Object.freeze(AsyncLocalStorage.prototype);
Object.freeze(AsyncLocalStorage);
