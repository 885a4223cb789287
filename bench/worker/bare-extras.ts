/** What the frozen bare object has no mode for: rows alone, and steps that are objects of their own. No engine, no waits. */
import { DurableObject } from 'cloudflare:workers';

interface ExtrasEnv {
  BARE: DurableObjectNamespace;
}

export class BareExtras extends DurableObject<ExtrasEnv> {
  constructor(ctx: DurableObjectState, env: ExtrasEnv) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, data TEXT)');
  }

  override async fetch(request: Request): Promise<Response> {
    const { mode, steps } = (await request.json()) as { mode: string; steps: number };
    for (let step = 0; step < steps; step++) {
      if (mode === 'children') await this.child(`${this.ctx.id.toString()}-${step}`);
      this.ctx.storage.sql.exec('INSERT INTO rows (data) VALUES (?)', `step ${step}`);
      if (mode === 'local') await this.ctx.storage.sync();
    }
    return Response.json({ steps });
  }

  /** An object of its own that writes one row and answers. */
  private async child(name: string): Promise<void> {
    const { BARE } = this.env;
    const response = await BARE.get(BARE.idFromName(name)).fetch('http://bare/child', {
      method: 'POST',
      body: JSON.stringify({ mode: 'signal' }),
    });
    await response.text();
  }
}
