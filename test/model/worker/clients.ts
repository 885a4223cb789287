/** Ways to the Worker under test. */
import { exports } from 'cloudflare:workers';
import { Client, type ClientOptions } from 'perdure/client';
import { runtime } from './index.ts';

// The types do not know the module under test.
const { default: worker } = exports as unknown as { default: { fetch(request: Request): Promise<Response> } };

export const fetchWorker = (path: string, init?: RequestInit): Promise<Response> =>
  worker.fetch(new Request(new URL(path, 'http://localhost'), init));

export const overHttp = (options: ClientOptions = {}): Client =>
  new Client({ fetch: (input, init) => worker.fetch(new Request(input, init)), ...options });

export const direct = (): Client => runtime.client();

let count = 0;

/** Options of a start with an ID of its own. */
export function options(name: string, taskQueue = 'default'): { workflowId: string; taskQueue: string } {
  count += 1;
  return { workflowId: `${name}-${count}`, taskQueue };
}

/** What the promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('Expected a rejection, but the promise resolved');
}

/** Waits until `check` gives something other than undefined or false. */
export async function eventually<T>(check: () => Promise<T | undefined | null | false>): Promise<T> {
  for (let tries = 0; tries < 400; tries++) {
    const value = await check();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('Waited in vain');
}
