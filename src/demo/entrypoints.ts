/**
 * The demo service where it meets the platform. Activities reach it through `DemoService`, an entrypoint with a name, which
 * nothing outside this Worker can address; `/demo` shows the same routes to people, where the Worker is open.
 */
import { DurableObject, exports, WorkerEntrypoint } from 'cloudflare:workers';
import { type DemoBindings, demo } from './app.ts';
import { Ledger } from './ledger.ts';
import type { LedgerEntry, ServiceAnswer, ServiceCall } from './operations.ts';

export class DemoLedger extends DurableObject<DemoBindings> {
  readonly #ledger = new Ledger(this.ctx.storage);

  perform(call: ServiceCall): ServiceAnswer {
    return this.#ledger.perform(call);
  }

  read(prefix: string, after: number): { entries: LedgerEntry[]; next?: number } {
    return this.#ledger.read(prefix, after);
  }
}

export class DemoService extends WorkerEntrypoint<DemoBindings> {
  override fetch(request: Request): Response | Promise<Response> {
    return demo.fetch(request, this.env, this.ctx);
  }
}

/** A `fetch` that ends in the demo service of this Worker: no port, no host name, no detour over the network. */
export function fetchDemoService(request: Request): Promise<Response> {
  const { DemoService: service } = exports as unknown as { DemoService: Fetcher }; // As src/index.ts exports it.
  return service.fetch(request);
}
