/**
 * Stand-ins for the three modules of Node.js that workflow code may import, as Temporal has them: what is pure of them. Reading
 * anything else gives undefined, as reading a missing export does.
 */

const shims: Readonly<Record<string, string>> = {
  assert: 'module.exports = assert;',
  'assert/strict': 'module.exports = assert.strict;',
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
