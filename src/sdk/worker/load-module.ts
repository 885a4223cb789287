/** Loads a converter's module by its path, as `require` does. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

export function loadModule(path: string): unknown {
  return createRequire(join(process.cwd(), 'package.json'))(path);
}
