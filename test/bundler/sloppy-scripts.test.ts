/** Libraries that were written for code that is not strict, and forget to declare their variables. */
import { describe, expect, test } from 'vitest';
import { call, ForbiddenError, loadProject } from './project.ts';

const counter = 'total = 0; for (i = 0; i < n; i++) total += i; return total;';
const workflow = (name: string) =>
  `import lib from '${name}'; export const run = (n: number) => [lib(n), typeof total, globalThis.total];`;

const load = (library: string, workflows = workflow('leaky')) =>
  loadProject({ 'src/workflows/index.ts': workflows, 'node_modules/leaky/index.js': library });

describe('a CommonJS module without "use strict"', () => {
  test('makes globals of its run by assigning them, and of no other run', async () => {
    const bundle = await load(`module.exports = function (n) { ${counter} };`);
    const own = { globalThis: {} as Record<string, unknown> };
    expect(call(bundle, 'run', [4], { globals: own })).toEqual([6, 'number', 6]);
    expect(own.globalThis).toEqual({ total: 6, i: 4 });
    const other = { globalThis: {} as Record<string, unknown> };
    expect(call(bundle, 'run', [3], { globals: other })).toEqual([3, 'number', 3]);
    expect(own.globalThis.total).toBe(6);
    expect(Object.hasOwn(globalThis, 'total')).toBe(false);
  });

  test('still cannot change what the language has, nor what stands for the host', async () => {
    for (const name of ['Promise', 'Date']) {
      const bundle = await load(`module.exports = function () { ${name} = 1; };`);
      expect(() => call(bundle, 'run', [1])).toThrow(new ForbiddenError(`forbidden: ${name}`));
    }
  });
});

describe('code that is strict', () => {
  test.each([
    ['of a module', `"use strict"; module.exports = function (n) { ${counter} };`],
    ['of a function', `module.exports = function (n) { "use strict"; ${counter} };`],
    ['of a class', `class C { add(n) { ${counter} } } module.exports = (n) => new C().add(n);`],
    ['of an ES module', `export default function (n) { ${counter} }`],
  ])('%s is refused the assignment by name', async (_title, library) => {
    const bundle = await load(library);
    expect(() => call(bundle, 'run', [4])).toThrow(new ForbiddenError('forbidden: total'));
  });
});
