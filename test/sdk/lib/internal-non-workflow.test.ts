/** What code written for Temporal's packages takes from `common/lib/internal-non-workflow`, beside codecs and converters. */
import { ExternalStorage, type Payload, type StorageDriver, StorageDriverClaim } from 'perdure/common';
import {
  decodeReferencePayload,
  ExternalStorageRunner,
  encodeReferencePayload,
  isReferencePayload,
  joinProtoHostPort,
  normalizeGrpcEndpointAddress,
  normalizeTlsConfig,
  parseHttpConnectProxyAddress,
  splitProtoHostPort,
} from 'perdure/common/lib/internal-non-workflow';
import { describe, expect, it } from 'vitest';

describe('addresses', () => {
  it.each([
    ['localhost', undefined, 'localhost', undefined],
    ['my.host.test:7233', undefined, 'my.host.test', 7233],
    ['127.0.0.1:1', undefined, '127.0.0.1', 1],
    ['[::1]:7233', undefined, '::1', 7233],
    ['[2001:db8::1]', undefined, '2001:db8::1', undefined],
    ['http://proxy:80', 'http', 'proxy', 80],
    ['https:host', 'https', 'host', undefined],
  ])('%s has its parts', (uri, scheme, hostname, port) => {
    expect(splitProtoHostPort(uri)).toEqual({ scheme, hostname, port });
  });

  it.each(['', 'a:b', 'a:1:2', '::1', 'http://', 'host/path:x', 'host:'])('%j is none', (uri) => {
    expect(splitProtoHostPort(uri)).toBeUndefined();
  });

  it('are put together again', () => {
    expect(joinProtoHostPort({ hostname: '::1', port: 7233 })).toBe('[::1]:7233');
    expect(joinProtoHostPort({ scheme: 'http', hostname: 'a' })).toBe('http:a');
  });

  it('of servers get a port, and have no scheme', () => {
    expect(normalizeGrpcEndpointAddress('host', 7233)).toBe('host:7233');
    expect(normalizeGrpcEndpointAddress('[::1]:80', 7233)).toBe('[::1]:80');
    for (const uri of ['http://host:80', 'a:b'])
      expect(() => normalizeGrpcEndpointAddress(uri, 7233)).toThrow(
        new TypeError(
          `Invalid address for Temporal gRPC endpoint: expected URI of the form 'hostname' or 'hostname:port'; got '${uri}'`,
        ),
      );
  });

  it('of proxies have a port, and perhaps http', () => {
    expect(parseHttpConnectProxyAddress('[::1]:80')).toEqual({ scheme: 'http', hostname: '::1', port: 80 });
    expect(() => parseHttpConnectProxyAddress('host')).toThrow(
      new TypeError("Invalid address for HTTP CONNECT proxy: port is required; got 'host'"),
    );
    expect(() => parseHttpConnectProxyAddress('ftp://host:1')).toThrow('scheme must be http');
    expect(() => parseHttpConnectProxyAddress('a:b')).toThrow("expected 'hostname:port'");
  });

  it('TLS is on for a configuration, for true, and with an API key', () => {
    const configuration = { serverNameOverride: 'x' };
    expect(normalizeTlsConfig(configuration)).toBe(configuration);
    expect([true, 'key', () => 'key'].map((key) => normalizeTlsConfig(undefined, key as string))).toEqual(
      Array(3).fill({}),
    );
    expect([
      normalizeTlsConfig(undefined),
      normalizeTlsConfig(null),
      normalizeTlsConfig(false, 'key'),
    ]).toEqual(Array(3).fill(undefined));
  });
});

describe('external storage', () => {
  const payload = (text: string): Payload => ({
    metadata: { encoding: new TextEncoder().encode('json/plain') },
    data: new TextEncoder().encode(JSON.stringify(text)),
  });

  it('stores what is large, and retrieves it', async () => {
    const kept: Payload[] = [];
    const targets: unknown[] = [];
    const driver: StorageDriver = {
      name: 'list',
      type: 'test',
      store: async ({ target }, payloads) => {
        targets.push(target);
        return payloads.map((one) => new StorageDriverClaim({ at: String(kept.push(one) - 1) }));
      },
      retrieve: async (_context, claims) =>
        claims.flatMap(({ claimData }) => kept[Number(claimData.at)] ?? []),
    };
    const runner = new ExternalStorageRunner(
      new ExternalStorage({ drivers: [driver], payloadSizeThreshold: 100 }),
    );
    const payloads = [payload('small'), payload('large '.repeat(20))];
    const target = { kind: 'workflow', namespace: 'default', id: 'w' } as const;
    const stored = await runner.store(payloads, { target });
    expect(stored.map(isReferencePayload)).toEqual([false, true]);
    expect(targets).toEqual([target]);
    expect(await runner.retrieve(stored)).toEqual(payloads);
  });

  it('a driver that fails, or whoever asked, aborts what it was asked for', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<unknown>();
    const driver: StorageDriver = {
      name: 'slow',
      type: 'test',
      store: async () => [],
      retrieve: ({ abortSignal }) =>
        new Promise((_resolve, reject) => {
          abortSignal?.addEventListener('abort', () => {
            resolve(abortSignal.reason);
            reject(abortSignal.reason);
          });
        }),
    };
    const runner = new ExternalStorageRunner(new ExternalStorage({ drivers: [driver] }));
    const reference = encodeReferencePayload({
      driverName: 'slow',
      claim: new StorageDriverClaim({ key: 'k' }),
      sizeBytes: 7,
    });
    expect(decodeReferencePayload(reference)).toEqual({
      driverName: 'slow',
      claimData: { key: 'k' },
      sizeBytes: 7,
    });
    const abort = new AbortController();
    const retrieving = runner.retrieve([reference], { abortSignal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(retrieving).rejects.toThrow('enough');
    expect(await aborted).toEqual(new Error('enough'));
  });
});
