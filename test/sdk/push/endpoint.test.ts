/** The endpoint of a task queue: which requests it takes, and which it refuses. */
import { heartbeat } from 'perdure/activity';
import { createPushApp } from 'perdure/push';
import { DefaultLogger } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pushTarget } from '../../../src/objects/activity/activity-push.ts';
import { signWebhook, webhookKey } from '../../../src/sdk/common/webhook-signature.ts';
import { FOREIGN, NEW, OLD, PushWorld } from './support.ts';

let world: PushWorld;

beforeAll(async () => {
  world = await PushWorld.open();
});

afterAll(() => world.close());

/** The last request once more, with other headers. */
async function repeat(headers: Record<string, string | undefined>): Promise<Response> {
  const last = world.last();
  const all = new Headers(last.headers);
  for (const [name, value] of Object.entries(headers))
    if (value === undefined) all.delete(name);
    else all.set(name, value);
  const body = await last.arrayBuffer();
  return await world.answer(new Request(last.url, { method: 'POST', headers: all, body }));
}

/** Headers for the body of the last request. */
async function signed(ms: number, by = NEW, id = 'other'): Promise<Record<string, string>> {
  const body = new Uint8Array(await world.last().arrayBuffer());
  return { ...(await signWebhook([webhookKey(by)], { id, timestampMs: Date.now() + ms, body })) };
}

describe('an endpoint', () => {
  it('takes requests that are signed with any of its keys, so that keys change without a gap', async () => {
    for (const secrets of [[OLD], [OLD, NEW], [NEW]]) {
      world.listen({ act: async () => 'taken' }, { secrets });
      expect(await world.execute()).toBe('taken');
    }
  });

  it('refuses what is unsigned, stale, from the future, changed, or signed with another key', async () => {
    let runs = 0;
    world.listen({ act: async () => (runs += 1) });
    await world.execute();
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
      expect((await repeat({ [name]: undefined })).status).toBe(401);
    expect((await repeat(await signed(-301_000))).status).toBe(401);
    expect((await repeat(await signed(301_000))).status).toBe(401);
    expect((await repeat(await signed(0, FOREIGN))).status).toBe(401);
    expect((await repeat({ ...(await signed(0)), 'webhook-id': 'third' })).status).toBe(401);
    expect((await repeat({ ...(await signed(0)), 'webhook-timestamp': 'soon' })).status).toBe(401);
    expect((await repeat({ ...(await signed(0)), 'webhook-signature': 'v1,AAAA v1a,x v1,?' })).status).toBe(
      401,
    );
    expect(runs).toBe(1);
    expect((await repeat(await signed(-299_000))).status).toBe(200);
    expect(runs).toBe(2);
  });

  it('has the replay window that it is given', async () => {
    world.listen({ act: async () => 1 }, { tolerance: '10 seconds' });
    await world.execute();
    expect((await repeat(await signed(-11_000))).status).toBe(401);
    expect((await repeat(await signed(-9_000))).status).toBe(200);
  });

  it('refuses a request that comes again', async () => {
    let runs = 0;
    world.listen({ act: async () => (runs += 1) });
    await world.execute();
    expect((await repeat({})).status).toBe(409);
    expect(runs).toBe(1);
  });

  it('that is one of several refuses what came to another, where they share what they have seen', async () => {
    const ids = new Set<string>();
    const seen = {
      async note(id: string) {
        const isNew = !ids.has(id);
        ids.add(id);
        return isNew;
      },
    };
    world.listen({ act: async () => 1 }, { seen });
    await world.execute();
    const request = world.last();
    const other = world.listen({ act: async () => 1 }, { seen });
    expect((await other.fetch(request)).status).toBe(409);
  });

  it('notes no ID of a request whose signature does not hold', async () => {
    world.listen({ act: async () => 'run' });
    await world.execute();
    const good = await signed(0, NEW, 'mine');
    expect((await repeat({ ...good, 'webhook-signature': 'v1,AAAA' })).status).toBe(401);
    expect((await repeat(good)).status).toBe(200);
  });

  it('answers 400 to what is signed and no activity task', async () => {
    const app = world.listen({});
    const body = new TextEncoder().encode('{"taskQueue": 3}');
    const headers = await signWebhook([webhookKey(NEW)], { id: 'x', timestampMs: Date.now(), body });
    const response = await app.fetch(
      new Request('http://endpoint/', { method: 'POST', headers: { ...headers }, body }),
    );
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/taskQueue/);
  });

  it('reads no more of a body than may come', async () => {
    const app = world.listen({});
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
    });
    const init = { method: 'POST', body: endless, duplex: 'half' };
    expect((await app.fetch(new Request('http://endpoint/', init as RequestInit))).status).toBe(413);
  });

  it('says so when activities heartbeat and it has no connection', async () => {
    const warnings: string[] = [];
    const logger = new DefaultLogger('WARN', ({ message }) => void warnings.push(message));
    world.listen({ act: async () => heartbeat(1) }, { logger });
    await world.execute();
    await world.execute();
    expect(warnings).toEqual([expect.stringContaining('give createPushApp a connection')]);
  });
});

describe('what cannot be safe', () => {
  it('is refused when it is set up', () => {
    expect(() => pushTarget('q', { url: 'http://example.com', secrets: [NEW] })).toThrow(
      /push.url of task queue 'q'/,
    );
    expect(() => pushTarget('q', { url: 'ftp://localhost', secrets: [NEW] })).toThrow(/https/);
    expect(() => pushTarget('q', { url: 'https://example.com', secrets: ['secret'] })).toThrow(/whsec_/);
    expect(() => pushTarget('q', { url: 'https://example.com', secrets: [] })).toThrow(/at least one/);
    expect(() => createPushApp({ activities: {}, secrets: [] })).toThrow(/at least one/);
    expect(() => createPushApp({ activities: {}, secrets: ['whsec_c2hvcnQ='] })).toThrow(/24 to 64 bytes/);
  });

  it('signs as the Standard Webhooks libraries do', async () => {
    // Their published example.
    const key = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const headers = await signWebhook([key], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampMs: 1_614_265_330_000,
      body: new TextEncoder().encode('{"test": 2432232314}'),
    });
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });
});
