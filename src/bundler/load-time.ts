/**
 * Looks at what a module does while it loads. An object that is made then lives as long as the module, so if it may change
 * through methods of its own, it is state of the module.
 *
 * L1  While a module loads, it may call what is known: intrinsics that make plain values, methods that fill a list or a map,
 *     and esbuild's helpers. Any other call or construction may have made something that changes later.
 * L2  Functions that are called where they stand belong to the loading.
 * L3  Loading reaches top-level code, static blocks and static fields, and the heritage and computed keys of classes.
 */

import type { AnyNode } from 'acorn';
import { classifyGlobal } from '../executor/globals-table.ts';
import { childNodes, type FunctionNode, isFunctionNode } from './ast.ts';
import type { Chunk } from './chunks.ts';

/** The functions whose bodies run while the modules load: wrappers, and functions that are called where they stand. */
export function functionsOfLoading(chunks: readonly Chunk[]): Set<AnyNode> {
  const found = new Set<AnyNode>();
  for (const { statements, wrapper } of chunks) {
    if (wrapper) {
      found.add(wrapper);
    }
    walkLoading(statements, found, (node) => {
      const called = node.type === 'CallExpression' ? calledInPlace(node) : undefined;
      if (called) {
        found.add(called);
      }
    });
  }
  return found;
}

/** `(() => { ... })()`, `(function () { ... }).call(this)`; not generators, whose bodies wait. */
function calledInPlace({ callee }: Extract<AnyNode, { type: 'CallExpression' }>): FunctionNode | undefined {
  const target =
    callee.type === 'MemberExpression' && /^(call|apply)$/.test(propertyName(callee))
      ? callee.object
      : callee;
  return isFunctionNode(target) && !target.generator ? target : undefined;
}

/** True if L1 holds. `isFree` tells whether an identifier means a global. */
export function loadsQuietly(
  { statements }: Chunk,
  loading: ReadonlySet<AnyNode>,
  isFree: (node: AnyNode) => boolean,
  isHelper: (name: string) => boolean,
): boolean {
  let isQuiet = true;
  walkLoading(statements, loading, (node) => {
    if (node.type === 'NewExpression') {
      isQuiet &&= isIntrinsic(node.callee, isFree) && !node.arguments.some(mayBeCalled);
    } else if (node.type === 'CallExpression') {
      isQuiet &&= isKnownCall(node, isFree, isHelper);
    } else if (node.type === 'TaggedTemplateExpression' || node.type === 'ImportExpression') {
      isQuiet = false;
    }
  });
  return isQuiet;
}

const fillingMethods =
  /^(add|concat|includes|indexOf|join|push|repeat|set|slice|split|startsWith|toLowerCase|toUpperCase|trim|unshift)$/;

function isKnownCall(
  node: Extract<AnyNode, { type: 'CallExpression' }>,
  isFree: (node: AnyNode) => boolean,
  isHelper: (name: string) => boolean,
): boolean {
  const { callee } = node;
  if (calledInPlace(node)) {
    return true;
  }
  if (callee.type === 'Identifier') {
    return isFree(callee)
      ? isIntrinsic(callee, isFree) && !node.arguments.some(mayBeCalled)
      : isHelper(callee.name);
  }
  if (callee.type !== 'MemberExpression') {
    return false;
  }
  const isKnownMethod = fillingMethods.test(propertyName(callee)) && !isIntrinsic(callee.object, isFree);
  return (isKnownMethod || isQuietStatic(node, callee, isFree)) && !node.arguments.some(mayBeCalled);
}

/**
 * `Object.freeze(x)`, `Symbol.for(x)`, `Object.prototype.toString.bind(x)`. Not what calls an argument: `Array.from(x, f)`,
 * `Array.prototype.map.call(x, f)`.
 */
function isQuietStatic(
  { arguments: given }: Extract<AnyNode, { type: 'CallExpression' }>,
  callee: Extract<AnyNode, { type: 'MemberExpression' }>,
  isFree: (node: AnyNode) => boolean,
): boolean {
  const name = propertyName(callee);
  if (!isIntrinsic(callee.object, isFree) || /^(groupBy|call|apply)$/.test(name)) {
    return false;
  }
  const callsLaterArgument = /^(from|fromAsync|parse|stringify)$/.test(name);
  return (
    name === 'bind' || (callee.object.type === 'Identifier' && !(callsLaterArgument && given.length > 1))
  );
}

/** An intrinsic, or a member of one: `Map`, `Symbol.for`, `Array.prototype.slice`. Not what calls or builds by itself. */
function isIntrinsic(node: AnyNode, isFree: (node: AnyNode) => boolean): boolean {
  if (node.type === 'MemberExpression') {
    return isIntrinsic(node.object, isFree);
  }
  const isKnown = node.type === 'Identifier' && isFree(node) && !/^(Proxy|Reflect|Promise)$/.test(node.name);
  return (
    isKnown && (node.name === 'Date' || node.name === 'Math' || classifyGlobal(node.name) === 'intrinsic')
  );
}

/** A function that is handed over as it stands, or arguments that cannot be told apart. */
function mayBeCalled(node: AnyNode): boolean {
  return isFunctionNode(node) || node.type === 'ClassExpression' || node.type === 'SpreadElement';
}

/** Visits what runs while a module loads. `loading` has the functions to go into, and may grow on the way. */
function walkLoading(
  nodes: readonly AnyNode[],
  loading: ReadonlySet<AnyNode>,
  visit: (node: AnyNode) => void,
): void {
  const walk = (node: AnyNode): void => {
    visit(node);
    if (isFunctionNode(node) && !loading.has(node)) {
      return;
    }
    if (node.type === 'PropertyDefinition' && !node.static) {
      if (node.computed) {
        walk(node.key);
      }
      return;
    }
    for (const child of childNodes(node)) {
      walk(child);
    }
  };
  for (const node of nodes) {
    walk(node);
  }
}

function propertyName(node: AnyNode): string {
  const isNamed = node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier';
  return isNamed && node.property.type === 'Identifier' ? node.property.name : '';
}

/**
 * True if a function writes to `this` where that may be an object of the module: outside of constructors, instance methods and
 * fields of classes, whose instances L1 keeps from being made while loading.
 */
export function writesToThis(
  { statements }: Chunk,
  changes: (node: AnyNode, path: readonly AnyNode[]) => boolean,
): boolean {
  const path: AnyNode[] = [];
  const find = (node: AnyNode, isInstance: boolean): boolean => {
    if (node.type === 'ThisExpression') {
      return !isInstance && changes(node, path);
    }
    let inside = isInstance;
    if (node.type === 'MethodDefinition' || node.type === 'PropertyDefinition') {
      inside = !node.static;
    } else if (isFunctionNode(node) && node.type !== 'ArrowFunctionExpression') {
      const above = path.at(-1);
      inside = above?.type === 'MethodDefinition' && above.value === node ? isInstance : false;
    }
    path.push(node);
    const found = childNodes(node).some((child) => find(child, inside));
    path.pop();
    return found;
  };
  return statements.some((one) => find(one, false));
}
