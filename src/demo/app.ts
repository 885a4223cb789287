/**
 * A small service for the samples to work with: orders, payments, inventory, shipping and notifications, over HTTP. It fails
 * when asked to (see `operations.ts`), and keeps a ledger in which every request can be found again.
 *
 *   POST /payments          { subject, amount, ... } with an Idempotency-Key header     and likewise for each operation
 *   GET  /ledger?prefix=    every request about subjects that begin with `prefix`
 */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import {
  type LedgerEntry,
  type Operation,
  operations,
  type ServiceAnswer,
  type ServiceCall,
} from './operations.ts';
import { BadCallError, type CallBody, readCall } from './read-call.ts';

export interface DemoBindings {
  DEMO_LEDGER: DurableObjectNamespace;
  PERDURE_OPEN?: string;
}

type DemoEnv = { Bindings: DemoBindings };

/** The calls of `DemoLedger`, as its stub has them. */
interface LedgerStub {
  perform(call: ServiceCall): Promise<ServiceAnswer>;
  read(prefix: string, after: number): Promise<{ entries: LedgerEntry[]; next?: number }>;
}

const DELAY_MAX_MS = 300_000;

export const demo = new Hono<DemoEnv>();

for (const [operation, { path }] of Object.entries(operations) as [Operation, { path: string }][]) {
  demo.post(path, (c) => perform(c, operation));
}

demo.get('/ledger', async (c) => {
  const after = Number(c.req.query('after') ?? 0);
  if (!Number.isSafeInteger(after)) return badRequest(c, 'after: a whole number');
  return c.json(await ledgerOf(c).read(c.req.query('prefix') ?? '', after));
});

/** Keeps the demo service from serving strangers: a deployed Worker shows `/demo` only if it is open to all. */
export const onlyWhenOpen: MiddlewareHandler<DemoEnv> = async (c, next) => {
  if (c.env.PERDURE_OPEN === 'true') return next();
  return c.json(
    { error: 'NotFound', message: 'the demo service is shown only where PERDURE_OPEN is true' },
    404,
  );
};

async function perform(c: Context<DemoEnv>, operation: Operation): Promise<Response> {
  const key = c.req.header('Idempotency-Key');
  if (!key)
    return badRequest(c, 'an Idempotency-Key header is needed: requests with one key take effect once');
  let call: CallBody;
  try {
    call = readCall(await c.req.json());
  } catch (error) {
    if (error instanceof BadCallError) return badRequest(c, error.message);
    return badRequest(c, 'body: expected JSON with a subject');
  }
  const delayMs = Math.min(call.fault?.delayMs ?? 0, DELAY_MAX_MS);
  if (delayMs > 0) await new Promise((done) => setTimeout(done, delayMs));
  const { status, ...answer } = await ledgerOf(c).perform({ ...call, operation, key });
  return c.json(answer, status);
}

function badRequest(c: Context<DemoEnv>, message: string): Response {
  return c.json({ error: 'BadRequest', message }, 400);
}

function ledgerOf(c: Context<DemoEnv>): LedgerStub {
  return c.env.DEMO_LEDGER.getByName('ledger') as unknown as LedgerStub; // The class behind the binding.
}
