/** `npm run test:mutation` and `npm run test:planted` take long and run seldom; that their patches still apply is seen here. */
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyPatch, patchesIn, titleOf } from '../../scripts/lib/patches.ts';

const repository = resolve(import.meta.dirname, '../..');
const mutations = patchesIn(join(repository, 'test/mutations'));
const sighted = patchesIn(join(repository, 'test/sim/planted/sighted'));
const unsighted = patchesIn(join(repository, 'test/sim/planted/unsighted'));

describe('patches that plant bugs', () => {
  test.each([...mutations, ...sighted, ...unsighted].map((patch) => [patch.slice(repository.length + 1)]))(
    '%s applies to the sources as they are, and says what it makes wrong',
    (name) => {
      expect(applyPatch(repository, join(repository, name), '--check')).toBeUndefined();
      expect(titleOf(join(repository, name))).toMatch(/^[A-Z].+\.$/);
    },
  );

  test('there are enough of them for what the simulator finds to mean something', () => {
    expect(sighted.length + unsighted.length).toBeGreaterThanOrEqual(25);
    expect(unsighted.length).toBeGreaterThanOrEqual(10);
  });
});
