/**
 * Browsers. An open server on someone's machine can be reached by every page they visit: by name, when a page's own name is
 * made to resolve to 127.0.0.1, and by cross-origin requests. The first is met by the Host header, the second by Origin.
 */
import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { OWNER_HEADER } from '../sdk/client/payload-storage.ts';
import { RpcError } from '../sdk/client/rpc-error.ts';
import { readSettings, type Settings } from './settings.ts';

export const corsForAllowed: MiddlewareHandler = async (c, next) => {
  const { corsOrigins } = await readSettings(c.env);
  if (corsOrigins.length === 0) return next();
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
      'content-digest',
      OWNER_HEADER,
    ],
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    maxAge: 600,
  });
  return handle(c, next);
};

export const refuseForeignHosts: MiddlewareHandler = async (c, next) => {
  const settings = await readSettings(c.env);
  if (settings.isOpen) {
    if (!isAllowedHost(settings, hostOf(c))) throw new RpcError('PERMISSION_DENIED', 'Host not allowed');
    if (isForeignWrite(settings, c)) {
      throw new RpcError(
        'PERMISSION_DENIED',
        'Cross-origin request refused: set PERDURE_CORS_ORIGINS to allow it',
      );
    }
  }
  return next();
};

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
