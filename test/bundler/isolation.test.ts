/** What breaks if two runs share an isolate, in any order of loading, failing and asking again? */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { BundleEnvironment, WorkflowBundle } from '../../src/executor/workflow-bundle.ts';
import {
  bundleProject,
  call,
  environment,
  type Files,
  functionOf,
  linkPackages,
  loadCode,
  loadProject,
  loadSource,
  makeProject,
} from './project.ts';

describe('isolation: state of modules', () => {
  test('every run has its own, in ES modules, CommonJS modules and packages that keep state', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': `
        import { next } from './esm'; import cjs from './cjs.cjs'; import pkg from 'counter';
        let own = 0; const seen = new Map();
        export const run = () => [++own, next(), cjs.next(), pkg.next(), seen.set(own, 1).size];`,
      'src/workflows/esm.ts': 'let count = 0; export const next = () => ++count;',
      'src/workflows/cjs.cjs': 'let count = 0; exports.next = () => ++count;',
      'node_modules/counter/index.js': 'let count = 0; exports.next = () => ++count;',
    });
    const first = functionOf(bundle.instantiate(environment(), 'run'), 'run');
    const second = functionOf(bundle.instantiate(environment(), 'run'), 'run');
    expect([first(), first(), second()]).toEqual([
      [1, 1, 1, 1, 1],
      [2, 2, 2, 2, 2],
      [1, 1, 1, 1, 1],
    ]);
  });

  test('one environment asked twice gives two sets of modules', async () => {
    const bundle = await loadSource('let count = 0; export const run = () => ++count;');
    const same = environment();
    const counts = [1, 2].map(() => functionOf(bundle.instantiate(same, 'run'), 'run')());
    expect(counts).toEqual([1, 1]);
  });

  test('only what the type reaches is evaluated', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': "export { a } from './a'; export * from './b';",
      'src/workflows/a.ts': "globalThis.loaded.push('a'); export const a = () => 'A';",
      'src/workflows/b.ts': "globalThis.loaded.push('b'); export const b = () => 'B';",
    });
    const globals = { globalThis: { loaded: [] as string[] } };
    expect(call(bundle, 'a', [], { globals })).toBe('A');
    expect(globals.globalThis.loaded).toEqual(['a']);
  });

  test('a module that fails to load leaves nothing behind for the next run', async () => {
    const bundle = await loadSource(
      'let tries = 0; tries++; if (!globalThis.ok) throw new Error("no"); export const run = () => tries;',
    );
    expect(() => call(bundle, 'run')).toThrow('no');
    expect(call(bundle, 'run', [], { globals: { globalThis: { ok: true } } })).toBe(1);
  });
});

describe('isolation: interceptors and converters', () => {
  const files: Files = {
    'src/workflows/index.ts': "import { state } from '../state'; export const run = () => ++state.count;",
    'src/interceptors.ts': "import { state } from './state'; export const interceptors = () => state;",
    'src/second.ts': "export const interceptors = () => 'second';",
    'src/converter.ts': 'export const payloadConverter = { a: 1 }; export const failureConverter = { b: 2 };',
    'src/state.ts': 'export const state = { count: 0 };',
  };
  const load = (): Promise<WorkflowBundle> =>
    loadProject(files, {
      interceptorModules: ['./src/interceptors.ts', './src/second'],
      payloadConverterPath: './src/converter',
    });

  test('share the modules of the run that they are asked for, in either order', async () => {
    const bundle = await load();
    for (const order of ['interceptors first', 'workflow first']) {
      const run = environment();
      const early = order === 'interceptors first' ? bundle.instantiateInterceptors?.(run) : undefined;
      const workflow = functionOf(bundle.instantiate(run, 'run'), 'run');
      const [one, two] = early ?? bundle.instantiateInterceptors?.(run) ?? [];
      workflow();
      expect(functionOf(one, 'interceptors')()).toEqual({ count: 1 });
      expect(functionOf(two, 'interceptors')()).toBe('second');
    }
  });

  test.each([
    ['relative to the project', './src/converter.ts'],
    ['a path without ./', 'src/converter.ts'],
    ['a path without ./ and extension', 'src/converter'],
    ['absolute', '<project>/src/converter.ts'],
    ['a package', 'converters'],
    ['below a package', '@scope/converters/lib/payload'],
  ])('converters may be named by a path or a package: %s', async (_, path) => {
    const exported = 'exports.payloadConverter = { a: 1 };';
    const folder = makeProject({
      ...files,
      'node_modules/converters/index.js': exported,
      'node_modules/@scope/converters/lib/payload.js': exported,
    });
    const payloadConverterPath = path.replace('<project>', folder);
    const bundle = await loadCode(folder, (await bundleProject(folder, { payloadConverterPath })).code);
    expect(bundle.instantiateConverters?.(environment())).toMatchObject({ payloadConverter: { a: 1 } });
  });

  test('converters are given when they were named', async () => {
    const bundle = await load();
    expect(bundle.instantiateConverters?.(environment())).toEqual({
      payloadConverter: { a: 1 },
      failureConverter: undefined,
    });
    const plain = await loadSource('export const run = () => 1;');
    expect([plain.instantiateConverters, plain.instantiateInterceptors]).toEqual([undefined, undefined]);
  });
});

async function sharedPackages(
  pkg: string,
  workflow = "import { f } from 'pkg'; export const run = () => f;",
): Promise<readonly string[]> {
  const files = {
    'src/workflows/index.ts': workflow,
    'node_modules/pkg/index.mjs': pkg,
    'node_modules/pkg/package.json': '{ "main": "index.mjs" }',
  };
  return (await bundleProject(makeProject(files))).sharedPackages;
}

describe('sharing: packages without state are evaluated once', () => {
  test.each([
    ['functions and constants', 'const table = { a: 1 }; export const f = (x) => table[x];'],
    ['classes that are constructed later', 'export class f { #n = 0; next() { return ++this.#n; } }'],
    [
      'variables of a function',
      'export function f() { let n = 0; for (let i = 0; i < 3; i++) n += i; return n; }',
    ],
    [
      'pure parts of Math and Date',
      'export const f = (x) => [Math.floor(x), new Date(x), x instanceof Date, Date.UTC(1)];',
    ],
    [
      'state made while loading',
      'const list = []; list.push(1); let n = 0; n++; export const f = () => list.length + n;',
    ],
  ])('%s', async (_title, pkg) => {
    expect(await sharedPackages(pkg)).toEqual(['pkg']);
  });

  test('and keep their identity over runs', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': "import { f } from 'pkg'; export const run = () => f;",
      'node_modules/pkg/index.js': 'exports.f = class Kind {};',
    });
    expect(call(bundle, 'run')).toBe(call(bundle, 'run'));
  });

  test('also when loading them failed at first', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': "import { f } from 'pkg'; export const run = () => f();",
      'node_modules/pkg/index.js': 'let n = 0; for (const x of [1, 2, 3]) n += x; exports.f = () => n;',
    });
    bundle.fuel.remaining = 2;
    bundle.fuel.refill = () => {
      throw new Error('out of fuel');
    };
    expect(() => call(bundle, 'run')).toThrow('out of fuel');
    bundle.fuel.remaining = 1000;
    expect(call(bundle, 'run')).toBe(6);
  });
});

describe('sharing: doubt means per run', () => {
  test.each([
    ['a counter', 'let n = 0; export const f = () => ++n;'],
    ['a registry', 'const all = new Map(); export const f = (x) => all.set(x, 1);'],
    ['an object written to', 'const options = {}; export const f = (x) => { options.a = x; };'],
    [
      'a list grown by a method of a member',
      'const o = { list: [] }; export const f = (x) => o.list.push(x);',
    ],
    ['Object.assign', 'const options = {}; export const f = (x) => Object.assign(options, x);'],
    [
      'state of a function that runs while loading',
      'export const f = (() => { let n = 0; return () => ++n; })();',
    ],
    [
      'something constructed while loading',
      'class Store { n = 0; next() { return ++this.n; } } export const f = new Store();',
    ],
    ['this of an object', 'export const f = { n: 0, next() { return ++this.n; } };'],
    ['this of a function', 'export const f = function () { this.n = (this.n ?? 0) + 1; };'],
    ['this of a class itself', 'export class f { static n = 0; static next() { return ++this.n; } }'],
    ['a static field', 'class Store { n = 0; } export class f { static store = new Store(); }'],
    [
      'something a function made while loading',
      'class Store { n = 0; next() { return ++this.n; } } const make = () => new Store(); export const f = make();',
    ],
    [
      'something an intrinsic was told to make',
      'class Store { n = 0; next() { return ++this.n; } } export const f = [1].map(() => new Store());',
    ],
    [
      'something made by a static method',
      'class Store { n = 0; next() { return ++this.n; } static make() { return new Store(); } } export const f = Store.make();',
    ],
    [
      'something built by Reflect',
      'class Store { n = 0; next() { return ++this.n; } } export const f = Reflect.construct(Store, []);',
    ],
    [
      'something made where a function is called at once',
      'class Store { n = 0; next() { return ++this.n; } } export const f = (function () { return new Store(); }).call(1);',
    ],
    [
      'something a named function made for an intrinsic',
      'class Store { n = 0; next() { return ++this.n; } } const make = () => new Store(); export const f = Array.from([1], make);',
    ],
    [
      'something made for a borrowed method',
      'class Store { n = 0; next() { return ++this.n; } } const make = () => new Store(); export const f = Array.prototype.map.call([1], make);',
    ],
    ['a clock read', 'export const f = () => Date.now();'],
    ['a clock read while loading', 'const start = new Date(); export const f = () => start;'],
    ['chance', 'export const f = () => Math.random();'],
    ['chance by another name', 'const { random } = Math; export const f = () => random();'],
    ['the global object', 'export const f = () => globalThis.x;'],
    ['a timer', 'export const f = (g) => setTimeout(g, 1);'],
    ['the SDK', "import { sleep } from 'perdure/workflow'; export const f = () => sleep(1);"],
  ])('%s', async (_title, pkg) => {
    expect(await sharedPackages(pkg)).toEqual([]);
  });

  test.each([
    ['an assignment', "import { f } from 'pkg'; f.locale = 'de'; export const run = () => f;"],
    [
      'an assignment through a namespace',
      "import * as p from 'pkg'; export const run = () => { p.f.locale = 'de'; };",
    ],
    [
      'an assignment through another name',
      "import { f } from 'pkg'; const g = f; export const run = () => { g.locale = 'de'; };",
    ],
    ['a method that changes', "import { f } from 'pkg'; export const run = () => f.list.push(1);"],
  ])('code of the workflows changes it by %s', async (_title, workflow) => {
    expect(await sharedPackages('export const f = { list: [] };', workflow)).toEqual([]);
  });

  test('a package that imports one with state has state', async () => {
    const folder = makeProject({
      'src/workflows/index.ts': "import { f } from 'outer'; export const run = () => f();",
      'node_modules/outer/index.js': "const { g } = require('inner'); exports.f = () => g();",
      'node_modules/inner/index.js': 'let n = 0; exports.g = () => ++n;',
    });
    expect((await bundleProject(folder)).sharedPackages).toEqual([]);
  });

  test('an object of one package that another writes to is not shared', async () => {
    const folder = makeProject({
      'src/workflows/index.ts':
        "import { set } from 'outer'; import { config } from 'inner'; export const run = () => [set, config];",
      'node_modules/outer/index.js':
        "const config = require('inner').config; exports.set = (x) => { config.a = x; };",
      'node_modules/inner/index.js': "exports.config = require('./config');",
      'node_modules/inner/config.js': 'module.exports = { a: 1 };',
    });
    expect((await bundleProject(folder)).sharedPackages).toEqual([]);
  });

  test('unless its author declares it pure', async () => {
    const files = {
      'src/workflows/index.ts': "import { f } from 'pkg'; export const run = () => f();",
      'node_modules/pkg/index.js':
        'let n = 0; exports.f = () => [++n, typeof globalThis.Map, globalThis.mine];',
    };
    const bundle = await loadProject(files, { sharedModules: ['pkg'] });
    const globals = { globalThis: { mine: 1 } };
    expect(call(bundle, 'run', [], { globals })).toEqual([1, 'function', undefined]);
    expect(call(bundle, 'run')).toEqual([2, 'function', undefined]);
  });
});

/** Medians of what one instantiation takes and keeps. */
function costOf(bundle: WorkflowBundle, globals: BundleEnvironment['globals']): { ms: number; kib: number } {
  const one = (): unknown[] => {
    const run = environment({ globals });
    return [run, bundle.instantiate(run, 'run')];
  };
  const times = Array.from({ length: 300 }, () => {
    const start = performance.now();
    one();
    return performance.now() - start;
  });
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: 300 }, one);
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / kept.length;
  return { ms: times.sort((a, b) => a - b)[150] ?? 0, kib: bytes / 1024 };
}

describe('cost: one more run', () => {
  test('of a small workflow', async () => {
    const bundle = await loadSource(
      'const state = { n: 0 }; export async function run() { return ++state.n; } export class Kind extends Error {}',
    );
    const { ms, kib } = costOf(bundle, {});
    expect(ms).toBeLessThan(0.05);
    expect(kib).toBeLessThan(64);
  });
});

describe('sharing: zod and luxon', () => {
  async function bundleWith(source: string) {
    const folder = makeProject({ 'src/workflows/index.ts': source });
    linkPackages(folder, ['zod', 'luxon']);
    return { folder, ...(await bundleProject(folder)) };
  }

  test('are shared and work, and a run costs little', async () => {
    const {
      folder,
      code,
      sharedPackages: shared,
    } = await bundleWith(`
      import { z } from 'zod'; import { DateTime } from 'luxon';
      const schema = z.object({ at: z.number() });
      export const run = (input: unknown) => DateTime.fromMillis(schema.parse(input).at, { zone: 'utc' }).toISO();`);
    expect(shared).toEqual(['luxon', 'zod']);
    const bundle = await loadCode(folder, code);
    const globals = { Date, Math };
    expect(call(bundle, 'run', [{ at: 0 }], { globals })).toBe('1970-01-01T00:00:00.000Z');
    expect(() => call(bundle, 'run', [{}], { globals })).toThrow(/expected number/);
    const { ms, kib } = costOf(bundle, globals);
    expect(ms).toBeLessThan(0.5);
    expect(kib).toBeLessThan(128);
  }, 20_000);

  test.each([
    "import { DateTime, Settings } from 'luxon'; Settings.defaultZone = 'utc'; export const run = () => DateTime.now();",
    "import * as luxon from 'luxon'; luxon.Settings.defaultZone = 'utc'; export const run = () => luxon.DateTime.now();",
    "import { z } from 'zod'; z.config({}); export const run = () => z.string();",
    "import { z } from 'zod'; const named = z.string().meta({ id: 'Name' }); export const run = () => named;",
  ])(
    'are not shared when their settings are used: %s',
    async (source) => {
      expect((await bundleWith(source)).sharedPackages).toEqual([]);
    },
    20_000,
  );
});
