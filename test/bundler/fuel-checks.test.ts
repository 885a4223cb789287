import { parse } from 'acorn';
import fc from 'fast-check';
import MagicString from 'magic-string';
import { describe, expect, test } from 'vitest';
import { addFuelChecks } from '../../src/bundler/fuel-checks.ts';

interface Counter {
  remaining: number;
  refill: () => void;
}

function fuelled(code: string): string {
  const source = new MagicString(code);
  addFuelChecks(
    source,
    parse(code, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
    }),
    '$f',
  );
  return source.toString();
}

const AsyncFunction = (async () => undefined).constructor as new (
  ...args: string[]
) => (log: unknown[], fuel: Counter) => Promise<unknown>;

async function run(code: string, fuel: Counter = plenty()): Promise<{ log: unknown[]; result: unknown }> {
  const log: unknown[] = [];
  const result = await new AsyncFunction('log', '$f', `'use strict';\n${code}`)(log, fuel).then(
    (value) => ({ value }),
    (error: unknown) => ({ error: String(error) }),
  );
  return { log, result };
}

const plenty = (): Counter => ({ remaining: 1e6, refill: () => undefined });

class OutOfFuel extends Error {}

const little = (): Counter => {
  const fuel = {
    remaining: 1000,
    refill: () => {
      throw new OutOfFuel('out of fuel');
    },
  };
  return fuel;
};

const corpus: readonly string[] = [
  'for (let i = 0; i < 3; i++) log.push(i);',
  'for (const x of [1, 2, 3]) if (x > 1) log.push(x); else continue;',
  'for (const key in { a: 1, b: 2 }) log.push(key);',
  'let n = 3; while (n-- > 0) log.push(n);',
  'let n = 0; do n++; while (n < 5); return n;',
  'let n = 0; do { n++ } while (n < 5)\nreturn n;',
  'for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) log.push([i, j]);',
  'outer: for (;;) { for (;;) break outer; } return 1;',
  'outer: for (const a of [1, 2]) for (const b of [1, 2]) { if (b === 2) continue outer; log.push([a, b]); }',
  'const f = () => ({ a: 1 }); return f();',
  'const f = (x) => (log.push(x), x + 1); return f(1);',
  'let y; const f = (x) => y = x; f(2); return y;',
  'const f = (a) => (b) => (c) => a + b + c; return f(1)(2)(3);',
  'const f = (a = (() => 5)()) => a; return f();',
  'const f = async (x) => await x; return await f(3);',
  'const f = x => x ? x => -x : x => x; return [f(1)(2), f(0)(2)];',
  'const f = () => [1, 2].map((x) => x * 2); return f();',
  ['const f = () => `$', '{[1].map((x) => x)}`; return f();'].join(''),
  'function f() { "use strict"; return this === undefined; } return f();',
  'function f() { "use strict"; "another"; return f.length; } return f();',
  'class A { constructor() { this.a = 1; } } class B extends A { constructor() { super(); this.b = 2; } } return { ...new B() };',
  'class A { x = 1; y = () => this.x; static z = 3; static { log.push(A.z); } #p = 4; get p() { return this.#p; } set q(v) { log.push(v); } } const a = new A(); a.q = 9; return [a.y(), a.p];',
  'class A { static async *g() { yield 1; yield* [2, 3]; } } for await (const x of A.g()) log.push(x);',
  'function* g() { let i = 0; while (true) { if (i > 3) return; yield i++; } } return [...g()];',
  'const o = { m() { return super.toString === Object.prototype.toString; }, get g() { return 1; }, async *h() {}, ["c" + 1]: () => 2 }; return [o.m(), o.g, o.c1()];',
  'const f = function name() { return typeof name; }; return [f(), f.name, f.length];',
  'const named = () => [].length; const Kind = class { m() {} }; return [named.name, Kind.name];',
  'function f(a, b = 2, ...c) { return arguments.length + c.length; } return [f(1, 2, 3), f.length];',
  'try { (() => { throw new Error("x"); })(); } catch ({ message }) { log.push(message); } finally { log.push("end"); }',
  'if (true) for (const x of [1]) log.push(x); else while (false);',
  'for (let i = 0, f = () => i; i < 2; i++) log.push(f());',
  'const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); return fs.map((f) => f());',
  'switch (1) { case 1: for (const x of [7]) log.push(x); break; default: log.push(0); }',
  'for await (const x of [Promise.resolve(1), 2]) log.push(x);',
  'for (var i = 0; i < 2; i++); return i;',
  'return ((a, b) => a in b)("x", { x: 1 });',
  'return await Promise.all([1, 2].map(async (x) => { await null; return x; }));',
  'return (() => class Inner { static name2 = 1 })().name;',
  'const f = () => { }; return f();',
  'return (() => function () { return 1; })()();',
];

describe('fuel checks: code behaves as before', () => {
  test.each(corpus)('%s', async (code) => {
    expect(await run(fuelled(code))).toEqual(await run(code));
  });

  const statement: fc.Arbitrary<string> = fc.letrec<{ statement: string; expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('1', 'x', 'log.length'),
      tie('expression').map((one) => `(() => ${one})()`),
      tie('expression').map((one) => `((y) => ({ y }))(${one}).y`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} > ${b} ? ${a} : ${b})`),
      tie('statement').map((one) => `(function () { ${one} return x; })()`),
      tie('expression').map((one) => `await (async () => ${one.includes('await') ? '2' : one})()`),
    ),
    statement: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('x++;', 'log.push(x);', ';'),
      tie('expression').map((one) => `log.push(${one.includes('await') ? '3' : one});`),
      tie('statement').map((one) => `for (let i = 0; i < 2; i++) ${one}`),
      tie('statement').map((one) => `for (const i of [1, 2]) { ${one} }`),
      tie('statement').map((one) => `{ let n = 2; while (n-- > 0) ${one} }`),
      tie('statement').map((one) => `{ let n = 2; do ${one} while (n-- > 0) }`),
      tie('statement').map((one) => `if (x % 2) ${one} else { ${one} }`),
    ),
  })).statement;

  test('for generated nests of loops and functions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { maxLength: 4 }), async (statements) => {
        const code = `let x = 0; ${statements.join('\n')} return x;`;
        expect(await run(fuelled(code))).toEqual(await run(code));
      }),
      { numRuns: 150 },
    );
  });
});

describe('fuel checks: what never ends runs out of fuel', () => {
  test.each([
    'for (;;) {}',
    'for (;;);',
    'while (true);',
    'do {} while (true)',
    'do ; while (true)',
    'for (const x of (function* () { for (;;) yield 1; })()) {}',
    'for (const x of { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }) }) });',
    'const f = () => { try { f(); } finally { f(); } }; f();',
    'const f = () => [0].forEach(f) || f(); try { f(); } catch (error) { if (error instanceof RangeError) for (;;); throw error; }',
    'while (true) await null;',
    'const again = () => Promise.resolve().then(again); await again();',
    'async function again() { await null; return again(); } await again();',
    'const a = [1]; for (const x of a) a.push(x);',
    'new Proxy({}, { get(t, k, r) { for (;;); } }).x;',
    'class A { static { for (;;); } }',
    'class A { x = (() => { for (;;); })(); } new A();',
    'const [x] = { *[Symbol.iterator]() { for (;;); } };',
    'const sorted = [2, 1].sort(() => { while (true) {} });',
    'const { get } = { get get() { for (;;) {} } };',
  ])('%s', async (code) => {
    const { result } = await run(fuelled(code), little());
    expect(result).toEqual({ error: 'Error: out of fuel' });
  });
});
