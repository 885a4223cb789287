/**
 * Takes out calls of esbuild's `__name` helper. esbuild writes one for every function and class, so that what was renamed to
 * avoid a collision keeps the name that its author gave it, and in a run each call costs time.
 *
 * N1  Where the call changes nothing now, it goes, but for classes and for the functions at the top level of the author's own
 *     modules: the Worker's bundler may rename those again, and their names have a meaning (`executeChild(order)`, the type of
 *     a failure).
 */

import type { AnyNode } from 'acorn';
import type MagicString from 'magic-string';
import { type Frame, isFunctionNode } from './ast.ts';
import type { Reference, ScopeAnalysis } from './scope-analysis.ts';

export function removeIdleNaming(
  code: MagicString,
  { topLevel }: ScopeAnalysis,
  isOwn: (position: number) => boolean,
): void {
  for (const reference of topLevel.get('__name')?.references ?? []) {
    const isAtTopLevel = reference.owner === undefined;
    if (!(isAtTopLevel && isOwn(reference.node.start))) {
      removeIfIdle(code, reference);
    }
  }
}

function removeIfIdle(code: MagicString, { node, parent }: Reference): void {
  const call = parent?.node;
  if (call?.type !== 'CallExpression' || call.callee !== node) {
    return;
  }
  const [target, label] = call.arguments;
  if (!target || label?.type !== 'Literal' || typeof label.value !== 'string') {
    return;
  }
  const above = parent?.up;
  if (above?.node.type === 'ExpressionStatement') {
    if (target.type === 'Identifier' && target.name === label.value) {
      code.remove(above.node.start, above.node.end);
    }
  } else if (nameByItself(target, above, call) === label.value) {
    code.remove(call.start, target.start);
    code.remove(target.end, call.end);
  }
}

/** The name that the language gives to a function where it stands. `value` is what stands in its place. */
function nameByItself(target: AnyNode, above: Frame | undefined, value: AnyNode): string | undefined {
  if (!isFunctionNode(target)) {
    return undefined;
  }
  if (target.type !== 'ArrowFunctionExpression' && target.id) {
    return target.id.name;
  }
  const place = above?.node;
  switch (place?.type) {
    case 'VariableDeclarator':
      return place.init === value && place.id.type === 'Identifier' ? place.id.name : undefined;
    case 'AssignmentExpression':
      return place.operator === '=' && place.right === value && place.left.type === 'Identifier'
        ? place.left.name
        : undefined;
    case 'AssignmentPattern':
      return place.right === value && place.left.type === 'Identifier' ? place.left.name : undefined;
    case 'Property':
    case 'PropertyDefinition':
      return place.value === value ? keyName(place.key, place.computed) : undefined;
    default:
      return undefined;
  }
}

function keyName(key: AnyNode, computed: boolean): string | undefined {
  if (key.type === 'Identifier' && !computed) {
    return key.name === '__proto__' ? undefined : key.name;
  }
  return key.type === 'Literal' && typeof key.value === 'string' && key.value !== '__proto__'
    ? key.value
    : undefined;
}
