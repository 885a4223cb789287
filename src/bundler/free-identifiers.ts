/**
 * Rewrites the free identifiers of a bundle by the table of globals, so that none reaches the host unseen.
 *
 * I1  Intrinsics and replaced names keep their spelling: the latter are bound by a declaration around the code.
 * I2  Everything else becomes a member of `strict` (reading throws) or `lenient` (reading gives undefined), which look first
 *     at what the workflow itself has put on its globalThis. `typeof` never throws.
 * I3  A write to any global becomes a write to `strict`, which throws: nothing of the host is patched.
 * I4  Where code is not strict (`isSloppy`), a write to a name that nobody declared makes a global of the run's own.
 */

import type MagicString from 'magic-string';
import { classifyGlobal } from '../executor/globals-table.ts';
import type { Reference } from './scope-analysis.ts';

/** Names under which the generated code has its helpers in scope. */
export interface HelperNames {
  readonly strict: string;
  readonly lenient: string;
}

export interface UsedGlobals {
  /** Replaced names that must be bound around the code. */
  readonly replaced: Set<string>;
  usesStrict: boolean;
  usesLenient: boolean;
}

export const noGlobals = (): UsedGlobals => ({ replaced: new Set(), usesStrict: false, usesLenient: false });

/** Names that the bundle's own prelude binds beside those of the executor. */
export const bundleGlobals: ReadonlySet<string> = new Set(['Function']);

export function rewriteFreeIdentifiers(
  code: MagicString,
  free: readonly Reference[],
  helpers: HelperNames,
  used: UsedGlobals,
  isSloppy: (reference: Reference) => boolean = () => false,
): void {
  for (const reference of free) {
    const { name } = reference;
    const kind = classifyGlobal(name);
    if (reference.isWrite && (kind === 'absent' || kind === 'forbidden') && isSloppy(reference)) {
      replace(code, reference, `globalThis.${name}`);
      used.replaced.add('globalThis');
    } else if (reference.isWrite) {
      replace(code, reference, `${helpers.strict}.${name}`);
      used.usesStrict = true;
    } else if (kind === 'replaced' || bundleGlobals.has(name)) {
      used.replaced.add(name);
      if (reference.node.name !== name) replace(code, reference, name);
    } else if (kind !== 'intrinsic') {
      const isLenient = isTypeof(reference) || (kind === 'absent' && !isUsedAtOnce(reference));
      replace(code, reference, `${isLenient ? helpers.lenient : helpers.strict}.${name}`);
      used[isLenient ? 'usesLenient' : 'usesStrict'] = true;
    }
  }
}

function replace(code: MagicString, { node, parent }: Reference, text: string): void {
  const property = shorthandProperty(node, parent);
  code.update(node.start, node.end, property ? `${node.name}: ${text}` : text);
}

/** `{ name }` and `{ name = 1 }`: the key must be kept apart from the value. */
function shorthandProperty(node: Reference['node'], parent: Reference['parent']): boolean {
  const holder = parent?.node.type === 'AssignmentPattern' && parent.node.left === node ? parent.up : parent;
  return holder?.node.type === 'Property' && holder.node.shorthand;
}

function isTypeof({ parent }: Reference): boolean {
  return parent?.node.type === 'UnaryExpression' && parent.node.operator === 'typeof';
}

/** `process.exit`, `require('x')`: what would end in an unspecific TypeError, were the name just undefined. */
export function isUsedAtOnce({ node, parent }: Reference): boolean {
  const above = parent?.node;
  if (above?.type === 'MemberExpression') {
    return above.object === node && !above.optional;
  }
  return (above?.type === 'CallExpression' || above?.type === 'NewExpression') && above.callee === node;
}
