import { exports } from 'cloudflare:workers';

/** The Worker under test as any caller sees it. */
export function fetchWorker(input: Request | string, init?: RequestInit): Promise<Response> {
  const { default: worker } = exports as unknown as { default: Fetcher }; // Its module is not known to the types.
  return worker.fetch(input, init);
}
