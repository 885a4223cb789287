import { parse } from 'acorn';
import { describe, expect, test } from 'vitest';
import { analyzeScopes } from '../../src/bundler/scope-analysis.ts';

function freeNames(code: string): string[] {
  const { free } = analyzeScopes(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }));
  return [...new Set(free.map((one) => one.name))].sort();
}

describe('free identifiers: what no scope declares', () => {
  test.each([
    ['a plain use', 'fetch();', ['fetch']],
    ['typeof', 'typeof fetch;', ['fetch']],
    [
      'a default value, which does not see the variables of the body',
      'function f(a = fetch) { var fetch; }',
      ['fetch'],
    ],
    ['a default value of an arrow', 'const f = (a = fetch) => { const fetch = 1; };', ['fetch']],
    ['a computed key', 'const o = { [fetch]: 1 }; class A { [eval2]() {} }', ['eval2', 'fetch']],
    ['the value of a shorthand property', 'const o = { fetch };', ['fetch']],
    ['a default in a pattern', 'const { a = fetch } = {};', ['fetch']],
    [
      'a target of a destructuring assignment',
      '({ a: fetch, ...rest } = {}); [b] = [];',
      ['b', 'fetch', 'rest'],
    ],
    ['a target of a loop head', 'for (fetch of []) {} for (key in {}) {}', ['fetch', 'key']],
    ['heritage of a class', 'class A extends Base {}', ['Base']],
    ['a field and a static block', 'class A { x = one; static { two(); } }', ['one', 'two']],
    ['a tagged template and its parts', ['tag`$', '{part}`;'].join(''), ['part', 'tag']],
    ['a use outside of the block that declares it', '{ const inner = 1; } inner;', ['inner']],
    ['a function of a block, from outside', '{ function inner() {} } inner();', ['inner']],
    ['the name of a function expression, from outside', 'const f = function g() {}; g();', ['g']],
    ['the parameter of catch, from outside', 'try {} catch (error) {} error;', ['error']],
    ['a variable of a for loop, from outside', 'for (let i = 0; i < 1; i++) {} i;', ['i']],
    ['a case clause, from outside', 'switch (1) { case 1: let inner; } inner;', ['inner']],
    ['arguments in an arrow at the top', 'const f = () => arguments;', ['arguments']],
    ['an update and a compound assignment', 'count++; total += 1;', ['count', 'total']],
    ['an optional chain', 'process?.env;', ['process']],
    ['a dynamic import', 'import(name);', ['name']],
  ])('%s', (_title, code, names) => {
    expect(freeNames(code)).toEqual(names);
  });

  test.each([
    ['members and keys', 'const o = { fetch: 1, get eval() { return 1; } }; o.fetch; o?.process;'],
    ['a label', 'fetch: for (;;) { break fetch; }'],
    ['a use before the declaration', 'f(); function f() { return later; } const later = 1;'],
    ['var from a nested block', 'if (1) { var inner; } inner;'],
    ['var from a loop head', 'for (var i of []) {} for (var { a, ...b } of []) {} [i, a, b];'],
    ['parameters of every form', 'function f(a, { b, c: [d] }, [e = a], ...g) { return [a, b, d, e, g]; }'],
    [
      'names of functions and classes, from inside',
      'const f = function g() { g(); }; const C = class D { m() { D; } };',
    ],
    ['catch with and without a parameter', 'try {} catch ({ message }) { message; } try {} catch {}'],
    ['arguments in a function and in an arrow within', 'function f() { return () => arguments; }'],
    ['imports', "import d, { a as b } from 'm'; import * as n from 'm'; [d, b, n];"],
    [
      'private names and new.target',
      'class A { #x = 1; has() { return #x in this; } } function f() { new.target; }',
    ],
  ])('nothing is free in: %s', (_title, code) => {
    expect(freeNames(code)).toEqual([]);
  });

  test('a reference knows whether it is written to', () => {
    const code = 'a = 1; b++; [c] = []; ({ d: e = f } = {}); for (g in h) {} delete i.j; k.l = 1;';
    const { free } = analyzeScopes(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }));
    const written = free.filter((one) => one.isWrite).map((one) => one.name);
    expect(written).toEqual(['a', 'b', 'c', 'e', 'g']);
  });
});
