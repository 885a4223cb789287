/**
 * Which code was written to run outside of strict mode: CommonJS modules that do not say "use strict". The code of a bundle is
 * strict all the same, since a Worker's modules are and Workers make no functions from text; what can be given is in I4.
 */
import type { AnyNode } from 'acorn';
import type { Chunk } from './chunks.ts';
import type { Reference } from './scope-analysis.ts';

/** esbuild wraps CommonJS modules in `__commonJS`, and leaves their directives there. */
export function isSloppyScript({ statements, wrapper }: Chunk): boolean {
  const last = statements.at(-1);
  const call = last?.type === 'VariableDeclaration' ? last.declarations[0]?.init : undefined;
  if (wrapper === undefined || call?.type !== 'CallExpression' || call.callee.type !== 'Identifier')
    return false;
  return call.callee.name.startsWith('__commonJS') && !saysStrict(wrapper.body);
}

/** A function that says "use strict", or a class, which is strict by itself. */
export function isInStrictFunction({ parent }: Reference): boolean {
  for (let frame = parent; frame !== undefined; frame = frame.up) {
    const { node } = frame;
    if (node.type === 'ClassBody') return true;
    if ('body' in node && node.type.includes('Function') && saysStrict(node.body as AnyNode)) return true;
  }
  return false;
}

function saysStrict(body: AnyNode): boolean {
  if (body.type !== 'BlockStatement') return false;
  for (const statement of body.body) {
    if (statement.type !== 'ExpressionStatement' || !('directive' in statement)) return false;
    if (statement.directive === 'use strict') return true;
  }
  return false;
}
