/** What objects may rely on, of the real platform; test/sim/contract holds the simulated one to the same. */
import { abortAllDurableObjects, evictDurableObject } from 'cloudflare:test';
import { describe, test, vi } from 'vitest';
import { CASES, type Subject } from '../sim/contract/cases.ts';
import { contractStub } from './worker/contract-object.ts';

function subject(name: string): Subject {
  return {
    // A fresh stub each time: one is broken once its object was aborted.
    act: (operation, ...args) => contractStub(name).act(operation, ...args),
    other: (other) => subject(`${name} ${other}`),
    lose: async (how) => {
      if (how === 'evicted') await evictDurableObject(contractStub(name));
      else await abortAllDurableObjects();
    },
    until: async (isSo) => {
      await vi.waitUntil(isSo, { timeout: 20_000, interval: 20 });
    },
  };
}

describe.each(Object.entries(CASES))('the platform: %s', (group, cases) => {
  test.each(Object.entries(cases))('%s', async (name, work) => {
    await work(subject(`${group}: ${name}`));
  });
});
