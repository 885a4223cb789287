/**
 * Browsers. An open server on someone's machine can be reached by every page they visit: by name, when a page's own name is
 * made to resolve to 127.0.0.1, and by cross-origin requests. The first is met by the Host header, the second by Origin.
 */
import type { Context, Next } from 'hono';
import { cors } from 'hono/cors';
import { OWNER_HEADER } from '../sdk/client/payload-storage.ts';
import { RpcError } from '../sdk/client/rpc-error.ts';
import type { Settings } from './settings.ts';

/** Answers what browsers ask beforehand, and lets pages of the allowed origins read the answer. */
export async function withCors(
  c: Context,
  { corsOrigins }: Settings,
  next: Next,
): Promise<Response | undefined> {
  if (corsOrigins.length === 0) {
    await next();
    return undefined;
  }
  const handle = cors({
    origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
    allowHeaders: [
      'authorization',
      'content-type',
      'accept',
      'prefer',
      'caller-type',
      'client-name',
      'client-version',
      'temporal-namespace',
      'content-digest',
      OWNER_HEADER,
    ],
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    maxAge: 600,
  });
  return (await handle(c, next)) ?? undefined;
}

/** Throws PERMISSION_DENIED. */
export function refuseForeignHosts(c: Context, settings: Settings): void {
  if (!settings.isOpen) return;
  if (!isAllowedHost(settings, hostOf(c))) throw new RpcError('PERMISSION_DENIED', 'Host not allowed');
  if (isForeignWrite(settings, c)) {
    throw new RpcError(
      'PERMISSION_DENIED',
      'Cross-origin request refused: set PERDURE_CORS_ORIGINS to allow it',
    );
  }
}

function hostOf(c: Context): string {
  return (c.req.header('host') ?? new URL(c.req.url).host).toLowerCase();
}

function isAllowedHost({ allowedHosts }: Settings, host: string): boolean {
  return allowedHosts.includes(host) || allowedHosts.includes(host.replace(/:\d+$/, ''));
}

function isForeignWrite({ corsOrigins }: Settings, c: Context): boolean {
  if (c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.method === 'OPTIONS') return false;
  const origin = c.req.header('origin');
  if (origin === undefined) return c.req.header('sec-fetch-site') === 'cross-site';
  if (corsOrigins.includes('*') || corsOrigins.includes(origin)) return false;
  return hostOfOrigin(origin) !== hostOf(c);
}

/** `null`, which sandboxed frames send, has no host and is foreign to all. */
function hostOfOrigin(origin: string): string | undefined {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return undefined;
  }
}
