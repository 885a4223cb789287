/** A converter that is given by its path makes objects of the classes that the rest of the program imports. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('CONV-1: instanceof holds between a converter by path, activities, workflows and clients', async () => {
  const main = join(import.meta.dirname, 'converter-classes/main.ts');
  const options = ['-C', 'perdure-source', '--disable-warning=ExperimentalWarning', main];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  expect(stdout.trim()).toBe('true true 4');
}, 60_000);
