import { describe, expect, test } from 'vitest';
import type { WorkflowBundle } from '../../src/executor/workflow-bundle.ts';
import {
  bundleProject,
  call,
  environment,
  type Files,
  functionOf,
  loadProject,
  makeProject,
} from './project.ts';

async function typesOf(files: Files, workflowsPath = 'src/workflows'): Promise<readonly string[]> {
  return (await bundleProject(makeProject(files), { workflowsPath })).workflowTypes;
}

describe('workflow types: an index', () => {
  test('exported functions in every form, and nothing else', async () => {
    const types = await typesOf({
      'src/workflows/index.ts': `
        import { defineQuery, proxyActivities } from 'perdure/workflow';
        import { wrap } from './wrap';
        import { imported as renamed } from './imported';
        export async function declared() {}
        export const arrow = async () => {};
        export const expression = async function () {};
        export const wrapped = wrap(async () => {});
        const later = () => {};
        export { later, later as alias, renamed };
        export const query = defineQuery('q'); export const limit = 5; export class Kind {} export type T = 1;
        export const activities = proxyActivities(() => 1);
        export * from './star'; export { one as uno } from './star'; export type { U } from './star'; export { V } from './star';`,
      'src/workflows/wrap.ts': 'export const wrap = (f) => f;',
      'src/workflows/imported.ts': 'export function imported() {}',
      'src/workflows/star.ts':
        'export function one() {} export const two = () => {}; export default function () {} export type U = 1; export interface V {}',
    });
    expect(types).toEqual([
      'alias',
      'arrow',
      'declared',
      'expression',
      'later',
      'one',
      'renamed',
      'two',
      'uno',
      'wrapped',
    ]);
  });

  test('one passed on under another name is found under that name', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': `
        import { imported as renamed } from './one';
        export { renamed }; export { one as uno, default as other } from './one'; export * from './one';`,
      'src/workflows/one.ts':
        'export const imported = () => "i"; export const one = () => 1; export default () => "d";',
    });
    const get = (type: string): unknown => functionOf(bundle.instantiate(environment(), type), type)();
    expect(['renamed', 'uno', 'other', 'one', 'imported'].map(get)).toEqual(['i', 1, 'd', 1, 'i']);
  });

  test('a default export is the dynamic workflow, and answers for unknown types', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts':
        'export default async function () { return "dynamic"; } export const known = () => "known"; export const data = { a: 1 };',
    });
    expect(bundle.workflowTypes).toEqual(['default', 'known']);
    const get = (type: string): unknown =>
      functionOf(bundle.instantiate(environment(), type), type === 'known' ? type : 'default')();
    expect([await get('unheard'), get('known'), await get('data')]).toEqual(['dynamic', 'known', 'dynamic']);
  });

  test('without a default export an unknown type gives nothing, and a value its module', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': 'export const known = () => 1; export const data = { a: 1 };',
    });
    expect(bundle.instantiate(environment(), 'unheard')).toBeUndefined();
    expect(bundle.instantiate(environment(), 'data')?.data).toEqual({ a: 1 });
  });

  test('an index that does more than passing exports on is evaluated', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': "import './setup'; export { run } from './run';",
      'src/workflows/setup.ts': 'globalThis.ready = true;',
      'src/workflows/run.ts': 'export const run = () => globalThis.ready;',
    });
    expect(call(bundle, 'run')).toBe(true);
  });

  test('modules that re-export each other in a circle are followed once', async () => {
    const types = await typesOf({
      'src/workflows/index.ts': "export * from './a';",
      'src/workflows/a.ts': "export * from './b'; export const a = () => 1;",
      'src/workflows/b.ts': "export * from './a'; export const b = () => 1;",
    });
    expect(types).toEqual(['a', 'b']);
  });

  test('two definitions of one name are an error that names both', async () => {
    const files = {
      'src/workflows/index.ts': "export * from './a'; export * from './b';",
      'src/workflows/a.ts': 'export const same = () => 1;',
      'src/workflows/b.ts': 'export const same = () => 2;',
    };
    await expect(typesOf(files)).rejects.toThrow(
      "two workflows are called 'same': one in src/workflows/a.ts, one in src/workflows/b.ts",
    );
  });

  test('a file may be given, and CommonJS too', async () => {
    expect(await typesOf({ 'flows.ts': 'export const run = () => 1;' }, 'flows.ts')).toEqual(['run']);
    const cjs = {
      'flows.cjs':
        'async function a() {} module.exports = { a, b: 1 }; exports.c = () => {}; exports.d = void 0;',
    };
    expect(await typesOf(cjs, './flows.cjs')).toEqual(['a', 'c']);
  });
});

describe('workflow types: a folder without an index', () => {
  test('every exported function of its files, tests and declarations left out', async () => {
    const types = await typesOf({
      'src/workflows/order.ts': 'export const order = () => 1; export const shared = 5;',
      'src/workflows/cart.js': 'export async function cart() {} export const shared = 6;',
      'src/workflows/order.test.ts': 'export const test = () => 1;',
      'src/workflows/types.d.ts': 'export declare function typed(): void;',
      'src/workflows/lib/helper.ts': 'export const helper = () => 1;',
    });
    expect(types).toEqual(['cart', 'order']);
  });

  test('two files with one name are an error', async () => {
    const files = {
      'src/workflows/a.ts': 'export const run = () => 1;',
      'src/workflows/b.ts': 'export const run = () => 2;',
    };
    await expect(typesOf(files)).rejects.toThrow("two workflows are called 'run'");
  });
});

describe('workflow types: none', () => {
  test.each([
    ['no such path', {}, /there are no workflows at .*src\/workflows: expected a file, or a folder/],
    ['an empty folder', { 'src/workflows/readme.md': '' }, /has no TypeScript or JavaScript file/],
    ['no function', { 'src/workflows/index.ts': 'export const a = 1;' }, /exports no function/],
  ])('%s is an error', async (_title, files, message) => {
    await expect(typesOf(files)).rejects.toThrow(message);
  });
});

describe('workflow types: names', () => {
  test('functions and classes keep theirs, though two modules use the same', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': "export * from './a'; export * from './b';",
      'src/workflows/a.ts':
        'class OrderError extends Error {} export function order() { return [order.name, new OrderError().constructor.name, OrderError.name]; }',
      'src/workflows/b.ts':
        "import { order as inner } from './a'; class OrderError extends Error { constructor() { super(); this.name = new.target.name; } } const order = () => 1; export const other = () => [order.name, inner.name, new OrderError().name];",
    });
    expect(call(bundle, 'order')).toEqual(['order', 'OrderError', 'OrderError']);
    expect(call(bundle, 'other')).toEqual(['order', 'order', 'OrderError']);
  });
});

describe('workflow types: compiled CommonJS', () => {
  const run = (bundle: WorkflowBundle, type: string): unknown => call(bundle, type);
  const more = `"use strict"; exports.more = void 0; const more = () => 'more'; exports.more = more; exports.limit = 5;`;

  test.each([
    [
      'SWC',
      `"use strict";
       Object.defineProperty(exports, "__esModule", { value: true });
       function _export(target, all) {
         for (var name in all) Object.defineProperty(target, name, { enumerable: true, get: Object.getOwnPropertyDescriptor(all, name).get });
       }
       _export(exports, { get order () { return order; }, get more () { return _more.more; } });
       const _more = require("./more");
       const order = () => 'order';`,
    ],
    [
      'esbuild',
      `"use strict";
       var all = {};
       var __export = (target, from) => { for (var name in from) Object.defineProperty(target, name, { get: from[name], enumerable: true }); };
       __export(all, { order: () => order, more: () => more.more });
       module.exports = Object.defineProperties({}, Object.getOwnPropertyDescriptors(all));
       var more = require("./more");
       const order = () => 'order';`,
    ],
    [
      'TypeScript',
      `"use strict";
       var __exportStar = (m, all) => { for (const name in m) if (name !== "default") all[name] = m[name]; };
       Object.defineProperty(exports, "__esModule", { value: true });
       exports.order = order;
       __exportStar(require("./more"), exports);
       function order() { return 'order'; }`,
    ],
    [
      'a bundler',
      `(() => { const modules = { 1: () => { module.exports = { order: () => 'order', ...require("./more") }; } }; modules[1](); })();`,
    ],
  ])('what %s writes', async (_compiler, index) => {
    const bundle = await loadProject(
      { 'lib/index.js': index, 'lib/more.js': more },
      { workflowsPath: 'lib/index.js' },
    );
    expect([run(bundle, 'order'), run(bundle, 'more')]).toEqual(['order', 'more']);
    expect(bundle.instantiate(environment(), 'limit')?.limit).not.toBeInstanceOf(Function);
    expect(functionsIn(bundle.instantiate(environment(), 'absent'), 'absent')).toEqual([]);
  });

  test('what is recognised in them is listed', async () => {
    const types = await typesOf({
      'src/workflows/index.js': `
        function _export(target, all) { for (const name in all) Object.defineProperty(target, name, Object.getOwnPropertyDescriptor(all, name)); }
        _export(exports, { get order () { return order; }, get limit () { return limit; } });
        async function order() {}
        const limit = 5;`,
    });
    expect(types).toEqual(['order']);
  });

  test('an ES module that passes on what they export', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': `export * from './compiled.js'; export { hidden } from './compiled.js'; export const own = () => 'own';`,
      'src/workflows/compiled.js': `Object.assign(exports, { more: () => 'more', hidden: () => 'hidden' });`,
    });
    expect(['own', 'more', 'hidden'].map((type) => run(bundle, type))).toEqual(['own', 'more', 'hidden']);
  });

  test('a default of theirs takes what nothing else is called', async () => {
    const bundle = await loadProject(
      { 'lib/index.js': `Object.assign(exports, { order: () => 'order', default: () => 'default' });` },
      { workflowsPath: 'lib/index.js' },
    );
    expect(functionOf(bundle.instantiate(environment(), 'other'), 'default')()).toBe('default');
    expect(run(bundle, 'order')).toBe('order');
  });
});

function functionsIn(exports: Record<string, unknown> | undefined, type: string): string[] {
  return [type, 'default'].filter((name) => typeof exports?.[name] === 'function');
}
