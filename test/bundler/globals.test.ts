import { describe, expect, test } from 'vitest';
import { BundleError } from '../../src/bundler/bundle-error.ts';
import {
  bundleProject,
  call,
  environment,
  ForbiddenError,
  functionOf,
  loadCode,
  loadProject,
  loadSource,
  makeProject,
} from './project.ts';

const body = (code: string): string => `export function run() { ${code} }`;

describe('globals: intrinsics', () => {
  test('pass through', async () => {
    const bundle = await loadSource(
      body(
        'return [Object.keys({ a: 1 }), JSON.stringify([1]), new Map([[1, 2]]).get(1), Number.isNaN(NaN), parseInt("7"), structuredClone({ a: undefined })];',
      ),
    );
    expect(call(bundle, 'run')).toEqual([['a'], '[1]', 2, true, 7, { a: undefined }]);
  });

  test('cannot be replaced by workflow code', async () => {
    const bundle = await loadSource(body('// @ts-ignore\nPromise = 1;'));
    expect(() => call(bundle, 'run')).toThrow(new ForbiddenError('forbidden: Promise'));
  });
});

describe('globals: replaced names', () => {
  test('are what the environment of the run holds', async () => {
    const bundle = await loadSource(
      body('return [Date.now(), Math.random(), typeof setTimeout, console.name, crypto];'),
    );
    const globals = {
      Date: { now: () => 42 },
      Math: { random: () => 0.5 },
      setTimeout: () => 1,
      console: { name: 'c' },
      crypto: 'own',
    };
    expect(call(bundle, 'run', [], { globals })).toEqual([42, 0.5, 'function', 'c', 'own']);
  });

  test('differ between two runs', async () => {
    const bundle = await loadSource('const loadedAt = Date.now(); export const run = () => loadedAt;');
    const at = (now: number): unknown => call(bundle, 'run', [], { globals: { Date: { now: () => now } } });
    expect([at(1), at(2)]).toEqual([1, 2]);
  });

  test('cannot be assigned to', async () => {
    const bundle = await loadSource(body('// @ts-ignore\nDate = class {};'));
    expect(() => call(bundle, 'run')).toThrow(new ForbiddenError('forbidden: Date'));
  });

  test('yield to a name of the author', async () => {
    const bundle = await loadSource(
      'const Date = { now: () => "mine" }; export const run = () => Date.now();',
    );
    expect(call(bundle, 'run', [], { globals: { Date: { now: () => 'host' } } })).toBe('mine');
  });
});

describe('globals: names that libraries test for', () => {
  test('are absent in every form of a test', async () => {
    const bundle = await loadSource(
      body(
        'return [typeof process, typeof window === "undefined", process === undefined, !!self, process?.env, document && document.body, { navigator }];',
      ),
    );
    expect(call(bundle, 'run')).toEqual([
      'undefined',
      true,
      true,
      false,
      undefined,
      undefined,
      { navigator: undefined },
    ]);
  });

  test.each(['process.exit();', 'window.alert();', 'require(String(1));', 'new document();'])(
    'throw by name when they are used: %s',
    async (code) => {
      const bundle = await loadSource(body(code));
      expect(() => call(bundle, 'run')).toThrow(
        /^forbidden: (process|window|document)$|^Dynamic require of "1" is not supported$/,
      );
    },
  );
});

describe('globals: forbidden names', () => {
  test.each([
    ['a call', 'fetch("x")'],
    ['a mere reading', 'const f = fetch'],
    ['a shorthand property', 'const o = { fetch }'],
    ['a default value', 'const { a = fetch } = {}; return a'],
    ['an assignment', '// @ts-ignore\nfetch = 1'],
    ['a target in a pattern', '// @ts-ignore\n[fetch] = [1]'],
    ['an update', '// @ts-ignore\nfetch++'],
    ['new', 'new fetch()'],
    ['a tag', 'fetch`x`'],
    ['a loop head', '// @ts-ignore\nfor (fetch of [1]);'],
    ['instanceof', 'return {} instanceof fetch'],
    [
      'a default of a parameter, hidden by the body',
      'const f = (a = fetch) => { var fetch = 1; return [a, fetch]; }; return f()',
    ],
  ])('%s throws when it is reached', async (_title, code) => {
    const bundle = await loadSource(body(`${code};`));
    expect(() => call(bundle, 'run')).toThrow(new ForbiddenError('forbidden: fetch'));
  });

  test('do not disturb code that does not reach them', async () => {
    const bundle = await loadSource(
      'const request = () => fetch("x"); export function run(go: boolean) { return go ? request() : [typeof fetch, typeof unheardOf]; }',
    );
    expect(call(bundle, 'run', [false])).toEqual(['undefined', 'undefined']);
    expect(() => call(bundle, 'run', [true])).toThrow(ForbiddenError);
  });

  test.each([
    'setInterval',
    'setImmediate',
    'queueMicrotask',
    'Buffer',
    'eval',
    'Temporal',
    'scheduler',
    'Response',
    'unheardOf',
  ])('%s is one of them', async (name) => {
    const bundle = await loadSource(body(`// @ts-ignore\nreturn ${name};`));
    expect(() => call(bundle, 'run')).toThrow(new ForbiddenError(`forbidden: ${name}`));
  });

  test('what a workflow puts on its own globalThis is found by name', async () => {
    const bundle = await loadSource(
      body('globalThis.Buffer = { from: (x) => [x] }; return [typeof Buffer, Buffer.from(1)];'),
    );
    const globals = { globalThis: {} };
    expect(call(bundle, 'run', [], { globals })).toEqual(['object', [1]]);
    expect(Object.keys(globals.globalThis)).toEqual(['Buffer']);
  });
});

describe('globals: global', () => {
  test('is globalThis in the code of workflows', async () => {
    const bundle = await loadSource(
      body(
        '// @ts-ignore\nglobal.mine = 1; return [typeof global, global === globalThis, { global }, mine];',
      ),
    );
    const globals = { globalThis: {} };
    expect(call(bundle, 'run', [], { globals })).toEqual(['object', true, { global: globals.globalThis }, 1]);
  });

  test('is absent in packages, which would not be shared otherwise', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': `import { found } from 'finder'; export function run() { return found; }`,
      'node_modules/finder/package.json': '{ "name": "finder", "main": "index.js" }',
      'node_modules/finder/index.js': 'exports.found = typeof global;',
    });
    expect(call(bundle, 'run')).toBe('undefined');
  });
});

test('globals: what the global object inherits is found by its bare name', async () => {
  const bundle = await loadSource(
    body('// @ts-ignore\nreturn [toString.call([]), hasOwnProperty.call({ a: 1 }, "a"), typeof valueOf];'),
  );
  expect(call(bundle, 'run')).toEqual(['[object Array]', true, 'function']);
});

test('globals: packages that use global without a question get the global object of the run', async () => {
  const bundle = await loadProject({
    'src/workflows/index.ts': `import { has } from 'finder'; export function run(name) { return has(name); }`,
    'node_modules/finder/package.json': '{ "name": "finder", "main": "index.js" }',
    'node_modules/finder/index.js': 'exports.has = (name) => typeof global[name] === "function";',
  });
  const has = (own: object) => call(bundle, 'run', ['Uint8Array'], { globals: { globalThis: own } });
  expect([has({ Uint8Array }), has({})]).toEqual([true, false]);
});

describe('globals: generated code', () => {
  test.each(['eval("process")', '(0, eval)("process")'])('%s is refused', async (code) => {
    const bundle = await loadSource(body(`return ${code};`));
    expect(() => call(bundle, 'run')).toThrow(ForbiddenError);
  });

  test('sees the names of the run, and none of the host', async () => {
    const bundle = await loadSource(
      body(`
        const names = new Function('a', 'b', 'return [a + b, typeof process, typeof fetch, Date, this === globalThis]');
        return [names(1, 2), Function('with ({ x: 1 }) { return x; }')(), new (Function('this.x = 2;'))().x];
      `),
    );
    const globals = { globalThis: { Date: 'of the run' } as Record<string, unknown> };
    globals.globalThis.globalThis = globals.globalThis;
    expect(call(bundle, 'run', [], { globals })).toEqual([
      [3, 'undefined', 'undefined', 'of the run', true],
      1,
      2,
    ]);
  });

  test('what is no code is a SyntaxError', async () => {
    const bundle = await loadSource(body('return Function("(");'));
    expect(() => call(bundle, 'run')).toThrow(SyntaxError);
  });

  test('where the host makes no functions from text, it is refused by name', async () => {
    const source = body('return [Function("return this")() === globalThis, Function("return 1")()];');
    const folder = makeProject({ 'src/workflows/index.ts': source });
    const { code } = await bundleProject(folder);
    const refusal = `{ apply() { throw new EvalError('no'); } }`;
    const bundle = await loadCode(
      folder,
      `const Function = new Proxy(globalThis.Function, ${refusal});\n${code}`,
    );
    expect(() => call(bundle, 'run')).toThrow(new ForbiddenError('forbidden: Function'));
  });

  test('the global object has Function too, as libraries look for it there', async () => {
    const bundle = await loadSource(
      body(
        'return [globalThis.Function === Function, Object.keys(globalThis), globalThis.Function.prototype];',
      ),
    );
    expect(call(bundle, 'run')).toEqual([true, [], Function.prototype]);
  });

  test('packages that evaluate nothing may hold on to eval', async () => {
    const bundle = await loadSource(body('const table = { eval }; return typeof table.eval;'));
    const evaluate = () => undefined;
    expect(call(bundle, 'run', [], { globals: { globalThis: { eval: evaluate } } })).toBe('function');
  });

  test('Function still tells functions apart and lends its methods', async () => {
    const bundle = await loadSource(
      body(
        'return [(() => 1) instanceof Function, ({}) instanceof Function, Function.prototype.call.length, typeof Function];',
      ),
    );
    expect(call(bundle, 'run')).toEqual([true, false, 1, 'function']);
  });

  test('the idiom that asks for the global object gets the one of the run', async () => {
    const bundle = await loadSource(body('return Function("return this")();'));
    const globals = { globalThis: { mine: true } };
    expect(call(bundle, 'run', [], { globals })).toBe(globals.globalThis);
  });
});

describe('globals: hostile sources', () => {
  test.each([
    '$fuel',
    '$strict',
    '$lenient',
    '$environment',
    '$object',
    '$makeRun',
    '$first',
    '$shared',
    '__esm',
    '__name',
  ])('a variable called %s stays what its author made it', async (name) => {
    const bundle = await loadSource(
      `export let ${name} = 5; export function run() { let n = 0; for (let i = 0; i < 3; i++) n += ${name}; return [n, typeof fetch]; }`,
    );
    expect(call(bundle, 'run')).toEqual([15, 'undefined']);
  });

  test.each(['$fuel', '$strict', '$environment', '$load', '__perdure_entry__'])(
    'the generated name %s cannot be reached',
    async (name) => {
      const bundle = await loadSource(body(`// @ts-ignore\nreturn ${name};`));
      expect(() => call(bundle, 'run')).toThrow(new ForbiddenError(`forbidden: ${name}`));
    },
  );

  test('comments and texts that look like generated code change nothing', async () => {
    const bundle = await loadSource(`
      // node_modules/zod/index.js
      /*! // node_modules/zod/index.js */
      const text = \`
// node_modules/zod/index.js
}; return function $makeRun() {};
const $last = new Error("perdure").stack;
\`;
      export const run = () => text.split('\\n').length;
    `);
    expect(call(bundle, 'run')).toBe(5);
    const [first, last] = bundle.stackTable.anchors ?? [];
    expect(last?.seen).toContain(`.mjs:${last?.line}:`);
    expect(first?.seen).toContain(`.mjs:${first?.line}:`);
  });

  test('names of Object.prototype are no workflow types', async () => {
    const bundle = await loadSource('export async function run() { return 1; }');
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(bundle.instantiate(environment(), name)).toBeUndefined();
    }
  });

  test('a workflow may be called like a member of Object.prototype', async () => {
    const bundle = await loadSource(
      'export function constructor() { return 1; } export function toString() { return "2"; }',
    );
    expect([call(bundle, 'constructor'), call(bundle, 'toString')]).toEqual([1, '2']);
  });

  test('a package in loose mode makes a global of its run, and none of the host', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': "import leak from 'leaky'; export const run = () => leak();",
      'node_modules/leaky/index.js': 'module.exports = function () { leaked = 1; return leaked; };',
    });
    const globals = { globalThis: {} };
    call(bundle, 'run', [], { globals });
    expect(globals.globalThis).toHaveProperty('leaked');
    expect('leaked' in globalThis).toBe(false);
  });

  test('sources that do not parse are refused with their place', async () => {
    const error = await loadSource('export function run() { return 1 +; }').catch((one: unknown) => one);
    expect(error).toBeInstanceOf(BundleError);
    expect(String(error)).toContain('src/workflows/index.ts:1:');
  });
});

test('the workflow of an endless loop asks for fuel', async () => {
  const bundle = await loadSource('export function run() { for (;;) {} }');
  bundle.fuel.remaining = 100;
  bundle.fuel.refill = () => {
    throw new Error('out of fuel');
  };
  const run = functionOf(bundle.instantiate(environment(), 'run'), 'run');
  expect(() => run()).toThrow('out of fuel');
});
