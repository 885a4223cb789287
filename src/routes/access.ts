/** Who calls, and what they may do. */
import { RpcError } from '../sdk/client/rpc-error.ts';
import { type ApiKey, type Right, type Settings, sha256 } from './settings.ts';

export type Caller = { kind: 'anyone' } | { kind: 'key'; key: ApiKey };

const STRENGTH: Readonly<Record<Right, number>> = { read: 1, write: 2, admin: 3 };

/** Throws UNAUTHENTICATED or PERMISSION_DENIED. */
export async function identify(settings: Settings, authorization: string | undefined): Promise<Caller> {
  if (settings.isOpen) return { kind: 'anyone' };
  if (settings.keys.length === 0) {
    throw denied(
      'This server has no API keys and is not open, so it refuses every call. Set the secret PERDURE_API_KEYS, ' +
        'or PERDURE_OPEN="true" for local use.',
    );
  }
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (!token)
    throw new RpcError('UNAUTHENTICATED', 'Expected an API key in the header Authorization: Bearer <key>.');
  const key = findKey(settings.keys, await sha256(token));
  if (!key) throw new RpcError('UNAUTHENTICATED', 'The API key is not known.');
  return { kind: 'key', key };
}

/** Looks at every key and every byte, so that the time taken tells nothing. */
function findKey(keys: readonly ApiKey[], hash: Uint8Array): ApiKey | undefined {
  let found: ApiKey | undefined;
  for (const key of keys) {
    let difference = 0;
    for (let i = 0; i < 32; i++) difference |= (key.hash[i] ?? 0) ^ (hash[i] ?? 0);
    if (difference === 0) found = key;
  }
  return found;
}

export function mayAccess(caller: Caller, namespace: string, access: Right): boolean {
  if (caller.kind === 'anyone') return true;
  const { rights } = caller.key;
  const granted = [rights.get('*'), rights.get(namespace)];
  return granted.some((right) => right !== undefined && STRENGTH[right] >= STRENGTH[access]);
}

export function requireAccess(caller: Caller, namespace: string, access: Right): void {
  if (mayAccess(caller, namespace, access)) return;
  const name = caller.kind === 'key' ? caller.key.name : '';
  throw denied(`The API key '${name}' has no ${access} access to namespace '${namespace}'.`);
}

export function denied(reason: string): RpcError {
  return new RpcError('PERMISSION_DENIED', reason, {
    statusDetails: [{ type: 'PermissionDeniedFailure', reason }],
  });
}
