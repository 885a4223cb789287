/**
 * Stand-ins for the three modules of Node.js that workflow code may import. They hold what is pure and commonly used; reading
 * anything else of them gives undefined, as reading a missing export does.
 */

const assertShim = `
class AssertionError extends Error {
  constructor({ message, actual, expected, operator }) {
    super(message ?? 'Assertion failed: ' + operator);
    this.name = 'AssertionError';
    this.code = 'ERR_ASSERTION';
    this.generatedMessage = message === undefined;
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
  }
}
function check(passed, message, actual, expected, operator) {
  if (!passed) {
    throw message instanceof Error ? message : new AssertionError({ message, actual, expected, operator });
  }
}
function assert(value, message) {
  check(value, message, value, true, '==');
}
assert.AssertionError = AssertionError;
assert.ok = assert;
assert.fail = (message) => check(false, message ?? 'Failed', undefined, undefined, 'fail');
assert.equal = (a, b, message) => check(a == b || (a !== a && b !== b), message, a, b, '==');
assert.notEqual = (a, b, message) => check(!(a == b || (a !== a && b !== b)), message, a, b, '!=');
assert.strictEqual = (a, b, message) => check(Object.is(a, b), message, a, b, 'strictEqual');
assert.notStrictEqual = (a, b, message) => check(!Object.is(a, b), message, a, b, 'notStrictEqual');
assert.match = (text, pattern, message) => check(pattern.test(text), message, text, pattern, 'match');
module.exports = assert;
`;

const strictAssertShim = `
const assert = require('assert');
const strict = Object.assign((value, message) => assert(value, message), assert, {
  equal: assert.strictEqual,
  notEqual: assert.notStrictEqual,
});
strict.strict = strict;
module.exports = strict;
`;

const shims: Readonly<Record<string, string>> = {
  assert: assertShim,
  'assert/strict': strictAssertShim,
  url: 'module.exports = { URL, URLSearchParams };',
  util: 'module.exports = { TextEncoder, TextDecoder };',
};

export function shimSource(name: string): string {
  const source = shims[name];
  if (source === undefined) {
    throw new Error(`there is no stand-in for the module '${name}'`);
  }
  return source;
}
