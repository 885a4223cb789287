/** The registry of namespaces on real objects: what stays after a restart, and what concurrent calls leave behind. */
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import type { NamespaceDirectory } from '../../src/objects/namespace/namespace-api.ts';
import {
  createNamespaceDirectory,
  type NamespaceBinding,
} from '../../src/objects/namespace/namespace-directory.ts';
import { namespaceObject } from '../../src/objects/namespace/namespace-messages.ts';

const binding = (exports as unknown as { Namespace: NamespaceBinding }).Namespace;
/** Without a cache: each is a new isolate's view. */
const fresh = (): NamespaceDirectory => createNamespaceDirectory(binding);
const RETENTION = { workflowExecutionRetentionPeriod: 86_400_000 };

const nameOf = (() => {
  let count = 0;
  return () => `ns-${count++}`;
})();

describe('a namespace', () => {
  test('default exists from the start, and keeps its ID', async () => {
    const record = await fresh().find('default');
    expect(record).toMatchObject({ name: 'default', state: 'REGISTERED', retentionMs: 72 * 3_600_000 });
    await abortAllDurableObjects();
    expect(await fresh().find('default')).toEqual(record);
  });

  test('that was never registered does not exist, and asking does not make it', async () => {
    const name = nameOf();
    expect(await fresh().find(name)).toBeUndefined();
    expect(await fresh().update({ namespace: name })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
    expect(await fresh().find(name)).toBeUndefined();
  });

  test('outlives eviction and crash, 16 KB of it and not all ASCII', async () => {
    const name = `größe-😀-${nameOf()}`;
    const description = 'ü€😀\u0000"\\'.repeat(1500);
    expect(new TextEncoder().encode(description).length).toBeGreaterThan(16_384);
    const data = { __proto__: 'p', schlüssel: 'wert' };
    const registered = await fresh().register({ namespace: name, description, data, ...RETENTION });
    expect(registered).toMatchObject({ ok: true, value: { name, description } });
    await evictDurableObject(binding.getByName(namespaceObject(name)) as never);
    expect(await fresh().find(name)).toMatchObject({ name, description, data: { schlüssel: 'wert' } });
    await abortAllDurableObjects();
    expect(await fresh().find(name)).toMatchObject({ name, description, retentionMs: 86_400_000 });
  });

  test('registered by several callers at once is registered once', async () => {
    const name = nameOf();
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        fresh().register({ namespace: name, description: String(i), ...RETENTION }),
      ),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results.filter((result) => !result.ok && result.error.code === 'ALREADY_EXISTS')).toHaveLength(9);
  });

  test('updated by many callers at once has all their changes', async () => {
    const name = nameOf();
    await fresh().register({ namespace: name, ...RETENTION });
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        fresh().update({ namespace: name, updateInfo: { data: { [`k${i}`]: 'v' } } }),
      ),
    );
    await abortAllDurableObjects();
    const record = await fresh().find(name);
    expect(Object.keys(record?.data ?? {})).toHaveLength(40);
  });

  test('a refused update changes nothing', async () => {
    const name = nameOf();
    await fresh().register({ namespace: name, description: 'before', ...RETENTION });
    const refused = await fresh().update({
      namespace: name,
      updateInfo: { description: 'x'.repeat(200_000) },
    });
    expect(refused).toMatchObject({ ok: false, error: { code: 'INVALID_ARGUMENT' } });
    expect(await fresh().find(name)).toMatchObject({ description: 'before' });
  });
});

describe('the directory', () => {
  test('lists what is registered, in pages, `default` among it', async () => {
    const names = [nameOf(), nameOf(), nameOf()];
    for (const namespace of names) await fresh().register({ namespace, ...RETENTION });
    const listed: string[] = [];
    let from: string | undefined;
    do {
      const page = await fresh().list({ size: 2, ...(from === undefined ? {} : { from }) });
      expect(page.records.length).toBeLessThanOrEqual(2);
      listed.push(...page.records.map(({ name }) => name));
      from = page.next;
    } while (from !== undefined);
    expect(listed).toEqual([...listed].sort());
    expect(listed).toEqual(expect.arrayContaining([...names, 'default']));
    expect(new Set(listed).size).toBe(listed.length);
  });

  test('keeps a record for some seconds, and its own changes not even that', async () => {
    const name = nameOf();
    let now = 0;
    const directory = createNamespaceDirectory(binding, () => now);
    await directory.register({ namespace: name, description: 'one', ...RETENTION });
    await fresh().update({ namespace: name, updateInfo: { description: 'two' } });
    expect(await directory.find(name)).toMatchObject({ description: 'one' });
    now = 10_001;
    expect(await directory.find(name)).toMatchObject({ description: 'two' });
    await directory.update({ namespace: name, updateInfo: { description: 'three' } });
    expect(await directory.find(name)).toMatchObject({ description: 'three' });
  });
});

describe('its object', () => {
  test('has one route: nothing of the package underneath can be called or set', async () => {
    const name = nameOf();
    await fresh().register({ namespace: name, ...RETENTION });
    const stub = binding.getByName(namespaceObject(name));
    for (const path of ['do/call/destroy', 'do/set/record', 'do/get-prop/record', 'do/call/persist']) {
      const request = new Request(`https://namespace/${path}`, { headers: { 'do-content': '[]' } });
      await stub.fetch(request).then(
        (response) => expect(response.ok).toBe(false),
        (error: unknown) => expect(error).toBeInstanceOf(Error),
      );
    }
    expect(await fresh().find(name)).toMatchObject({ name });
  });
});
