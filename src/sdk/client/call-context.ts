/**
 * Deadlines, abort signals and headers for all calls in a function's scope. The scope follows asynchronous code where the host
 * has AsyncLocalStorage (Node, Workers with nodejs_compat, Deno, Bun). Elsewhere, in browsers, it holds for every call that is
 * made while the function runs.
 */
import type { Metadata } from './types.ts';

export interface CallContext {
  deadline?: number | Date;
  abortSignal?: AbortSignal;
  metadata?: Metadata;
}

interface ContextStorage {
  getStore(): CallContext | undefined;
  run<R>(context: CallContext, fn: () => Promise<R>): Promise<R>;
}

type StorageClass = new () => ContextStorage;
interface AsyncHooks {
  AsyncLocalStorage?: StorageClass;
}

let storageClass: StorageClass | undefined;

/** A scope of its own for each connection. */
export class CallContexts {
  #storage: ContextStorage | undefined;

  current(): CallContext {
    return this.#storage?.getStore() ?? {};
  }

  /** Runs `fn` with `change` on top of what holds already. */
  async run<R>(change: CallContext, fn: () => Promise<R>): Promise<R> {
    storageClass ??= await findStorageClass();
    this.#storage ??= new storageClass();
    const outer = this.current();
    const metadata = change.metadata ? { metadata: { ...outer.metadata, ...change.metadata } } : {};
    return await this.#storage.run({ ...outer, ...change, ...metadata }, fn);
  }
}

/** By name and not by an import statement, which bundlers for browsers could not resolve. */
async function findStorageClass(): Promise<StorageClass> {
  const name = 'node:async_hooks';
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => AsyncHooks | undefined } };
  const builtIn = host.process?.getBuiltinModule?.(name)?.AsyncLocalStorage;
  if (builtIn) return builtIn;
  try {
    const module: AsyncHooks = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
    return module.AsyncLocalStorage ?? WhileRunning;
  } catch {
    // A browser: there is no such module.
    return WhileRunning;
  }
}

class WhileRunning implements ContextStorage {
  readonly #running: CallContext[] = [];

  getStore(): CallContext | undefined {
    return this.#running.at(-1);
  }

  async run<R>(context: CallContext, fn: () => Promise<R>): Promise<R> {
    this.#running.push(context);
    try {
      return await fn();
    } finally {
      this.#running.splice(this.#running.indexOf(context), 1);
    }
  }
}
