import assert from 'node:assert';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BundleError } from '../../src/bundler/bundle-error.ts';
import {
  bundleProject,
  call,
  environment,
  type Files,
  loadCode,
  loadProject,
  loadSource,
  makeProject,
} from './project.ts';

async function refusal(files: Files): Promise<string> {
  const error = await bundleProject(makeProject(files)).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(BundleError);
  return error instanceof Error ? error.message : '';
}

describe('modules: refused imports', () => {
  test('are named with their place and the way by which they are reached', async () => {
    const message = await refusal({
      'src/workflows/index.ts': "export { order } from './order';",
      'src/workflows/order.ts':
        "import { load } from '../lib/load';\nexport async function order() { return load(); }",
      'src/lib/load.ts':
        "// loads\nimport { readFile } from 'node:fs/promises';\nexport const load = () => readFile('x');",
    });
    expect(message).toContain("src/lib/load.ts:2:26: 'node:fs/promises' is a module of Node.js");
    expect(message).toContain("import { readFile } from 'node:fs/promises';");
    expect(message).toContain(
      'imported through: src/workflows/order.ts -> src/lib/load.ts -> node:fs/promises',
    );
    expect(message).toContain('move what needs it to an activity');
  });

  test.each([
    [
      'all names',
      "import * as activities from './activities'; const { read } = proxyActivities<typeof activities>();",
    ],
    [
      'one',
      "import { read as reads } from './activities'; const { read } = proxyActivities<{ read: typeof reads }>();",
    ],
    [
      'types by their own word',
      "import { type Activities } from './activities'; const { read } = proxyActivities<Activities>();",
    ],
  ])(
    'do not count where they are for types alone, whatever tsconfig.json says: %s',
    async (_what, imports) => {
      const bundle = await loadProject({
        'tsconfig.json': '{ "compilerOptions": { "verbatimModuleSyntax": true } }',
        'src/workflows/index.ts': `
        import { proxyActivities } from 'perdure/workflow'; ${imports}
        import { VALUE, type Shape } from '../lib';
        export const run = (): Shape => [read, VALUE];`,
        'src/workflows/activities.ts': `
        import { readFile } from 'node:fs'; export const read = readFile; export interface Activities { read: typeof readFile }`,
        'src/lib.ts': 'export type Shape = unknown[]; export const VALUE = 5;',
      });
      const modules = { 'perdure/workflow': { proxyActivities: () => ({ read: 'proxy' }) } };
      expect(call(bundle, 'run', [], { modules })).toEqual(['proxy', 5]);
    },
  );

  test('count where they are for their effects', async () => {
    const message = await refusal({
      'tsconfig.json': '{ "compilerOptions": { "verbatimModuleSyntax": true } }',
      'src/workflows/index.ts': "import './effects'; export const run = () => 1;",
      'src/workflows/effects.ts': "import 'node:fs';",
    });
    expect(message).toContain("'node:fs' is a module of Node.js");
  });

  test('are not spoken of where the code itself is wrong', async () => {
    const message = await refusal({ 'src/workflows/index.ts': 'export async function order( {' });
    expect(message).toContain('index.ts:1:30');
    expect(message).not.toContain('disallowed modules');
  });

  test.each([
    ['perdure/activity', /'perdure\/activity' is for activities: import their types with "import type"/],
    ['perdure/client', /'perdure\/client' cannot be used in workflow code/],
    ['perdure/worker', /'perdure\/worker' cannot be used in workflow code/],
    ['perdure', /'perdure' cannot be used in workflow code/],
    ['perdure/common/lib/x', /'perdure\/common\/lib\/x' cannot be used in workflow code/],
    ['cloudflare:workers', /'cloudflare:workers' belongs to the host/],
    ['fs', /'fs' is a module of Node.js/],
    ['node:sqlite', /'node:sqlite' is a module of Node.js/],
  ])('%s', async (specifier, message) => {
    const files = {
      'src/workflows/index.ts': `import * as x from '${specifier}';\nexport const run = () => x;`,
    };
    expect(await refusal(files)).toMatch(message);
  });

  test('count inside of packages, by require and by import() too', async () => {
    const message = await refusal({
      'src/workflows/index.ts':
        "import lib from 'lib'; export const run = async () => [lib, await import('node:net')];",
      'node_modules/lib/index.js': "const os = require('os'); module.exports = os;",
    });
    expect(message).toContain("'os' is a module of Node.js");
    expect(message).toContain('src/workflows/index.ts -> node_modules/lib/index.js -> os');
    expect(message).toContain("'node:net' is a module of Node.js");
  });

  test('do not count when only types are meant', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts':
        "import type * as activities from '../activities';\nimport { Stats } from 'node:fs';\nexport const run = (a: typeof activities, s: Stats) => [a, s].length;",
      'src/activities.ts': "import 'node:fs';\nexport const a = 1;",
    });
    expect(call(bundle, 'run')).toBe(2);
  });

  test('a module that cannot be found is named with its place', async () => {
    const message = await refusal({
      'src/workflows/index.ts': "import './missing';\nexport const run = () => 1;",
    });
    expect(message).toMatch(/src\/workflows\/index\.ts:1:8: Could not resolve "\.\/missing"/);
  });
});

describe('modules: ignored imports', () => {
  test('bundle, and throw by name when something is read from them', async () => {
    const files = {
      'src/workflows/index.ts':
        "import { readFile } from 'node:fs'; import pg from 'pg'; import * as net from 'node:net'; export const run = (what: string) => what === 'fs' ? readFile : what === 'pg' ? pg.Pool : what === 'net' ? net.connect : 'fine';",
    };
    const bundle = await loadProject(files, { ignoreModules: ['fs', 'pg', 'node:net'] });
    expect(call(bundle, 'run', [''])).toBe('fine');
    expect(() => call(bundle, 'run', ['fs'])).toThrow(
      /'node:fs' is listed in ignoreModules .* 'readFile' of it was used/,
    );
    expect(() => call(bundle, 'run', ['pg'])).toThrow(/'pg' is listed in ignoreModules .* 'Pool'/);
    expect(() => call(bundle, 'run', ['net'])).toThrow(/'node:net' is listed .* 'connect'/);
  });
});

describe('modules: injected', () => {
  const sdk = { sleep: () => 'slept', log: { info: 1 }, default: undefined };

  test('are the objects of the run, whatever the form of the import', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': `
        import { sleep, sleep as rest } from 'perdure/workflow';
        import * as wf from 'perdure/workflow';
        import { lib } from './lib.cjs';
        export async function run() {
          const later = await import('perdure/workflow');
          return [sleep(), rest(), wf.sleep, later.sleep, lib.sleep];
        }`,
      'src/workflows/lib.cjs': "exports.lib = require('perdure/workflow');",
    });
    const modules = { 'perdure/workflow': sdk };
    const { sleep } = sdk;
    expect(await call(bundle, 'run', [], { modules })).toEqual(['slept', 'slept', sleep, sleep, sleep]);
  });

  test('can be passed on, and are no workflow types', async () => {
    const bundle = await loadSource(
      "export { sleep } from 'perdure/workflow'; export * from 'perdure/common'; export const run = () => 1;",
    );
    expect(bundle.workflowTypes).toEqual(['run']);
    const exports = bundle.instantiate(
      environment({ modules: { 'perdure/workflow': sdk, 'perdure/common': { ms: 1 } } }),
      'run',
    );
    expect(exports).toMatchObject({ sleep: sdk.sleep, ms: 1 });
  });

  test('are not copied into the bundle', async () => {
    const folder = makeProject({
      'src/workflows/index.ts': "import { sleep } from 'perdure/workflow'; export const run = () => sleep;",
    });
    const { inputs } = await bundleProject(folder);
    expect(inputs).toEqual(['src/workflows/index.ts']);
  });

  test('a name that they lack is told at once', async () => {
    const bundle = await loadSource(
      "import { slep } from 'perdure/workflow'; export const run = () => slep;",
    );
    expect(() => call(bundle, 'run', [], { modules: { 'perdure/workflow': sdk } })).toThrow(
      "'perdure/workflow' does not export 'slep'",
    );
  });
});

describe('modules: stand-ins for assert, url and util', () => {
  test('hold what is pure', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': `
        import assert from 'assert';
        import { deepStrictEqual, strictEqual } from 'node:assert';
        import strict from 'node:assert/strict';
        import { URL as Address } from 'url';
        import { TextEncoder as Encoder } from 'node:util';
        export function run() {
          assert(true); assert.equal(1, '1'); strictEqual(1, 1);
          const messages: string[] = [];
          for (const check of [() => assert(false, 'no'), () => assert.strictEqual(1, 2), () => strict.equal(1, '1'), () => deepStrictEqual({ a: [1] }, { a: [2] })]) {
            try { check(); } catch (error) { messages.push(error.name + ': ' + error.message); }
          }
          return [messages, new Address('http://a/b').pathname, new Encoder().encode('a').length];
        }`,
    });
    const unequal = expect.stringMatching(/^AssertionError: Expected values to be strictly equal/);
    expect(call(bundle, 'run', [], { globals: { assert } })).toEqual([
      ['AssertionError: no', unequal, unequal, expect.stringMatching(/deep/)],
      '/b',
      1,
    ]);
  });
});

describe('modules: what cannot be bundled', () => {
  test.each([
    ['in the workflow', 'export const run = () => 1;\nawait Promise.resolve();', 'src/workflows/index.ts:2:'],
    ['as a loop', 'export const run = () => 1;\n\nfor await (const x of []) {}', 'src/workflows/index.ts:3:'],
  ])('top-level await %s', async (_title, source, place) => {
    const message = await refusal({ 'src/workflows/index.ts': source });
    expect(message).toContain('top-level await is not available in workflow code');
    expect(message).toContain(place);
  });

  test('top-level await in a module that is imported later', async () => {
    const message = await refusal({
      'src/workflows/index.ts': "export const run = () => import('./lib');",
      'src/workflows/lib.ts': 'export const one = 1;\nexport const two = await Promise.resolve(2);',
    });
    expect(message).toContain('src/workflows/lib.ts:2:20: top-level await');
    expect(message).toContain('src/workflows/index.ts -> src/workflows/lib.ts');
  });

  test('import() of what is only known at run time', async () => {
    const message = await refusal({
      'src/workflows/index.ts': 'export const run = (name: string) =>\n  import(name);',
    });
    expect(message).toContain('src/workflows/index.ts:2:3: import() needs a fixed text');
  });
});

describe('modules: interop', () => {
  test('CommonJS packages, JSON, import() and cycles work as in Node', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': `
        import cjs, { named } from 'cjs';
        import * as all from 'cjs';
        import data from './data.json';
        import { even } from './even';
        export async function run() {
          const { late } = await import('./late');
          return [cjs.named, named, all.named, data.a, even(10), late()];
        }`,
      'src/workflows/data.json': '{ "a": 1 }',
      'src/workflows/even.ts':
        "import { odd } from './odd'; export const even = (n: number): boolean => n === 0 || odd(n - 1);",
      'src/workflows/odd.ts':
        "import { even } from './even'; export const odd = (n: number): boolean => n !== 0 && even(n - 1);",
      'src/workflows/late.ts': "export const late = () => 'late';",
      'node_modules/cjs/index.js': 'exports.named = "n"; exports.self = this === exports;',
    });
    expect(await call(bundle, 'run')).toEqual(['n', 'n', 'n', 1, true, 'late']);
  });

  test('import.meta is empty, and the code knows that it is in production', async () => {
    const bundle = await loadSource(
      'export const run = () => [import.meta.url, Object.keys(import.meta), process.env.NODE_ENV];',
    );
    expect(call(bundle, 'run')).toEqual([undefined, [], 'production']);
  });

  test('an alias stands for what begins with it too, and with $ for itself alone', async () => {
    const files = {
      'src/workflows/index.ts':
        "import { a } from '@/lib/a'; import { b } from '@/b'; import { c } from 'c'; import { d } from 'c/d'; export const run = () => [a, b, c, d];",
      'src/lib/a.ts': "export const a = 'a';",
      'src/b/index.ts': "export const b = 'b';",
      'src/c.ts': "export const c = 'mine';",
      'node_modules/c/d.js': "exports.d = 'theirs';",
    };
    const folder = makeProject(files);
    const alias = { '@': join(folder, 'src'), c$: join(folder, 'src/c.ts') };
    const { code } = await bundleProject(folder, { alias });
    expect(call(await loadCode(folder, code), 'run')).toEqual(['a', 'b', 'mine', 'theirs']);
  });

  test('an alias replaces a specifier before it is judged', async () => {
    const alias = { wf: 'perdure/workflow', a: 'b' };
    const bundle = await loadProject(
      {
        'src/workflows/index.ts':
          "import { sleep } from 'wf'; import { a } from 'a'; export const run = () => [sleep(), a];",
        'node_modules/b/index.js': 'exports.a = 5;',
      },
      { alias },
    );
    expect(call(bundle, 'run', [], { modules: { 'perdure/workflow': { sleep: () => 'slept' } } })).toEqual([
      'slept',
      5,
    ]);
  });
});
