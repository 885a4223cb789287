/** The language: what is instrumented for workflows means what it meant. */
import { expect, test } from 'vitest';
import { client, options } from './support.ts';
import * as programs from './workflows/syntax.ts';

test.each(Object.entries(programs))('%s', async (name, program) => {
  const outside: unknown = JSON.parse(JSON.stringify(await program()));
  expect(await client.workflow.execute(name, options(name))).toEqual(outside);
});
