/**
 * Takes out the calls of esbuild's `__name` helper that change nothing. It is called for every function, so that one which was
 * renamed to avoid a collision keeps the name that its author gave it; for all others the call would only cost time in every run.
 */

import type { AnyNode } from 'acorn';
import type MagicString from 'magic-string';
import { type Frame, isFunctionNode } from './ast.ts';
import type { Reference, ScopeAnalysis } from './scope-analysis.ts';

export function removeIdleNaming(code: MagicString, { topLevel }: ScopeAnalysis): void {
  for (const [name, binding] of topLevel) {
    if (/^__name\d*$/.test(name)) {
      for (const reference of binding.references) {
        removeIfIdle(code, reference);
      }
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
  if (target.type === 'ThisExpression') {
    removeStaticBlock(code, label.value, above);
  } else if (above?.node.type === 'ExpressionStatement') {
    if (target.type === 'Identifier' && target.name === label.value) {
      code.remove(above.node.start, above.node.end);
    }
  } else if (nameByItself(target, above, call) === label.value) {
    code.remove(call.start, target.start);
    code.remove(target.end, call.end);
  }
}

/** `class { static { __name(this, "Order"); } }` */
function removeStaticBlock(code: MagicString, label: string, above: Frame | undefined): void {
  const block = above?.up;
  const classFrame = block?.up?.up;
  if (block?.node.type !== 'StaticBlock' || block.node.body.length !== 1 || !classFrame) {
    return;
  }
  if (nameByItself(classFrame.node, classFrame.up, classFrame.node) === label) {
    code.remove(block.node.start, block.node.end);
  }
}

/** The name that the language gives to a function or class where it stands. `value` is what stands in its place. */
function nameByItself(target: AnyNode, above: Frame | undefined, value: AnyNode): string | undefined {
  const isClass = target.type === 'ClassExpression' || target.type === 'ClassDeclaration';
  if (!isClass && !isFunctionNode(target)) {
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
