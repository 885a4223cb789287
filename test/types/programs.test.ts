import { describe, expect, test } from 'vitest';
import { checkPrograms } from '../../scripts/lib/type-programs.ts';

/** The same programs are compiled against Temporal's packages by `npm run test:types`. */
describe('types: programs written for Temporal', () => {
  test('are accepted, inferred and refused here as they announce', { timeout: 180_000 }, () => {
    const { programs, announced, differences } = checkPrograms('perdure');
    expect(differences).toEqual([]);
    expect(programs).toBeGreaterThan(30);
    expect(announced).toBeGreaterThan(100);
  });
});
