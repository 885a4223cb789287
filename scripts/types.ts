/**
 * `npm run test:types`: compiles test/types/programs twice, against Temporal's packages (installed into test/types, a package
 * of its own) and against this one, and fails on any difference in what is accepted or inferred.
 */
import { join, resolve } from 'node:path';
import { installPublished } from './lib/published-packages.ts';
import { checkPrograms } from './lib/type-programs.ts';

installPublished(join(resolve(import.meta.dirname, '..'), 'test/types'));
for (const implementation of ['temporal', 'perdure'] as const) {
  const { programs, announced, differences } = checkPrograms(implementation);
  const outcome = differences.length === 0 ? 'as announced' : `${differences.length} differences`;
  console.log(
    `types: ${programs} programs against ${implementation}, ${announced} errors announced: ${outcome}`,
  );
  for (const difference of differences) console.error(`  ${difference}`);
  if (differences.length > 0) process.exitCode = 1;
}
