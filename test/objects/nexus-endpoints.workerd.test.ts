/** The registry of Nexus endpoints on a real object: what stays after a crash, and what concurrent calls leave behind. */
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import {
  createNexusEndpoints,
  type NamespaceBinding,
} from '../../src/objects/namespace/namespace-directory.ts';
import { NEXUS_ENDPOINTS_OBJECT } from '../../src/objects/namespace/namespace-messages.ts';

const binding = (exports as unknown as { Namespace: NamespaceBinding }).Namespace;
/** Without a cache: each is a new isolate's view. */
const fresh = () => createNexusEndpoints(binding);
const settings = (name: string) => ({ name, namespace: 'default', taskQueue: `queue of ${name}` });

describe('the registry of Nexus endpoints', () => {
  test('outlives eviction and crash, after each kind of change', async () => {
    const created = await fresh().create({ ...settings('kept'), description: { data: 'ImEi' } });
    if (!created.ok) throw new Error(created.error.message);
    await abortAllDurableObjects();
    expect(await fresh().find('kept')).toEqual(created.value);
    const updated = await fresh().update(created.value.id, 1, settings('renamed'));
    await evictDurableObject(binding.getByName(NEXUS_ENDPOINTS_OBJECT) as never);
    expect(await fresh().get(created.value.id)).toEqual(updated);
    expect(await fresh().find('kept')).toBeUndefined();
    await fresh().remove(created.value.id, 2);
    await abortAllDurableObjects();
    expect(await fresh().find('renamed')).toBeUndefined();
  });

  test('takes a name once from many at the same time', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, () => fresh().create(settings('contested'))),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await fresh().list({ size: 100, name: 'contested' })).endpoints).toHaveLength(1);
  });
});
