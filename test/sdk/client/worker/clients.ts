/** Both ways to the Worker under test, and options of starts. */
import { exports } from 'cloudflare:workers';
import { Client } from 'perdure/client';
import { runtime } from './index.ts';

// The types do not know the module under test.
const { default: worker } = exports as unknown as { default: { fetch(request: Request): Promise<Response> } };

export const fetchWorker = (path: string, init?: RequestInit): Promise<Response> =>
  worker.fetch(new Request(new URL(path, 'http://localhost'), init));

export const overHttp = new Client({ fetch: (input, init) => worker.fetch(new Request(input, init)) });
export const direct = runtime.client();

let count = 0;

/** Options of a start with an ID of its own. */
export function options(name: string): { workflowId: string; taskQueue: string } {
  count += 1;
  return { workflowId: `${name}-${count}`, taskQueue: 'default' };
}
