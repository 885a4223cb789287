/**
 * The least that a durable step in an object of its own can cost: one object per run, one row and one loopback subrequest a
 * step, no engine, no waits. Frozen: figures are ratios to this file.
 */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

interface BareExports {
  BareActivity: { fetch(url: string, init: { method: string; body: string }): Promise<Response> };
}

export class BareObject extends DurableObject {
  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, data TEXT)');
  }

  override async fetch(request: Request): Promise<Response> {
    const {
      mode,
      steps = 1,
      bytes = 0,
    } = (await request.json()) as { mode: string; steps?: number; bytes?: number };
    if (mode === 'status') return Response.json({ rows: this.rows() });
    if (mode === 'signal') return Response.json({ rows: this.write('signal') });
    this.write(JSON.stringify({ mode, steps, bytes }));
    if (mode === 'sleep') await this.ctx.storage.setAlarm(Date.now() + steps);
    if (mode === 'parallel') await Promise.all(Array.from({ length: steps }, () => this.step(bytes)));
    if (mode === 'sequential') for (let step = 0; step < steps; step++) await this.step(bytes);
    if (mode === 'parallel' || mode === 'sequential') this.write('completed');
    return Response.json({ rows: this.rows() });
  }

  override async alarm(): Promise<void> {
    this.write('completed');
  }

  private async step(bytes: number): Promise<void> {
    const activities = (this.ctx.exports as unknown as BareExports).BareActivity;
    const response = await activities.fetch('http://activities/step', {
      method: 'POST',
      body: JSON.stringify({ bytes }),
    });
    this.write(await response.text());
  }

  private write(data: string): number {
    this.ctx.storage.sql.exec('INSERT INTO rows (data) VALUES (?)', data);
    return 1;
  }

  private rows(): number {
    return Number(this.ctx.storage.sql.exec('SELECT count(*) AS n FROM rows').one().n);
  }
}

export class BareActivity extends WorkerEntrypoint {
  override async fetch(request: Request): Promise<Response> {
    const { bytes } = (await request.json()) as { bytes: number };
    return Response.json({ result: 'x'.repeat(bytes) });
  }
}
