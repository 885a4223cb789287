/** The number of shards changes again and again, also while runs move: none may be lost or stay out of place. */
import { expect, it } from 'vitest';
import type { NamespaceDirectory } from '../../../src/objects/namespace/namespace-api.ts';
import { changeSettings } from '../../../src/objects/namespace/namespace-record.ts';
import {
  type VisibilityServiceOptions,
  visibilityService,
} from '../../../src/sdk/client/direct/visibility-service.ts';
import { IndexWorld, NAMESPACE, updateOf } from '../../objects/visibility/support.ts';

async function careOf(world: IndexWorld) {
  const namespaces: Pick<NamespaceDirectory, 'find' | 'changeSettings'> = {
    find: async () => world.record,
    changeSettings: async (_name, settings) => {
      const changed = changeSettings(world.record, settings);
      if (changed.ok) world.record = changed.value;
      return changed;
    },
  };
  // Sound: the care of the index asks nobody else.
  const options = { namespaces, visibility: world.index } as unknown as VisibilityServiceOptions;
  return visibilityService(options);
}

it('another change waits until the runs of the last one have arrived', async () => {
  const world = await IndexWorld.open({ shards: 8 });
  const care = await careOf(world);
  const all = Array.from({ length: 300 }, (_, index) => index + 1);
  await world.tell(...all.map((number) => updateOf({ workflowId: `w-${number}`, runId: `r-${number}` })));
  const change = (shardCount: number) => care.updateVisibilityShards({ namespace: NAMESPACE, shardCount });
  const moving = async () =>
    (await care.describeVisibility({ namespace: NAMESPACE })).shards?.filter((shard) => shard.moving).length;
  for (const shardCount of [4, 2, 5, 5]) {
    await change(shardCount);
    expect(await moving()).toBeGreaterThan(0);
    await expect(change(1)).rejects.toThrow(/shardCount: runs of namespace default are still on their way/);
    await world.runTo(world.now + 30_000);
    expect(await moving()).toBe(0);
    expect(await world.count()).toBe(300);
    expect((await world.list()).toSorted()).toEqual(all.map((number) => `r-${number}`).toSorted());
  }
  // The same number again: no earlier shard is asked any more, and nothing is missing.
  expect((await care.describeVisibility({ namespace: NAMESPACE })).shards).toHaveLength(5);
});

it('a change that did not reach every shard is made by the same call again, and nothing is lost by it', async () => {
  const world = await IndexWorld.open({ shards: 8 });
  const care = await careOf(world);
  const all = Array.from({ length: 300 }, (_, index) => index + 1);
  await world.tell(...all.map((number) => updateOf({ workflowId: `w-${number}`, runId: `r-${number}` })));
  const change = (shardCount: number) => care.updateVisibilityShards({ namespace: NAMESPACE, shardCount });
  const { core } = world.shard(6);
  const { rehome } = core;
  core.rehome = () => Promise.reject(new Error('down'));
  await expect(change(4)).rejects.toThrow(/down|reached/);
  core.rehome = rehome;
  await world.runTo(world.now + 30_000);
  await expect(change(2)).rejects.toThrow(/still on their way from the last change, in 1 of its shards/);
  await change(4);
  await world.runTo(world.now + 30_000);
  // The same number once more: only the four are asked from now on.
  await change(4);
  await world.runTo(world.now + 30_000);
  expect((await care.describeVisibility({ namespace: NAMESPACE })).shards).toHaveLength(4);
  expect((await world.list()).toSorted()).toEqual(all.map((number) => `r-${number}`).toSorted());
  expect(await world.count()).toBe(300);
});
