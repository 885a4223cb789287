/**
 * Puts a fuel check at every loop head and function entry, so that an endless loop ends the task and not the isolate.
 *
 * F1  Code behaves as before while fuel lasts: directives stay first, concise arrows stay expressions, names are unchanged.
 * F2  A path that repeats without end passes a check: it runs through a loop body or enters a function.
 */

import type { AnyNode } from 'acorn';
import type MagicString from 'magic-string';
import { childNodes, type FunctionNode, isFunctionNode } from './ast.ts';

const loops = new Set([
  'WhileStatement',
  'DoWhileStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
]);

type Loop = Extract<AnyNode, { type: 'WhileStatement' }>;

/** `fuel` is the name under which the bundle's `Fuel` is in scope. */
export function addFuelChecks(code: MagicString, root: AnyNode, fuel: string): void {
  const statement = ` if (--${fuel}.remaining < 0) ${fuel}.refill();`;
  const expression = `--${fuel}.remaining < 0 && ${fuel}.refill(), `;
  const visit = (node: AnyNode): void => {
    const close = isFunctionNode(node)
      ? openFunction(code, node, statement, expression)
      : loops.has(node.type)
        ? openLoop(code, (node as Loop).body, statement)
        : undefined;
    for (const child of childNodes(node)) {
      visit(child);
    }
    // After what is inside, so that closing brackets at one place come in the right order.
    close?.();
  };
  visit(root);
}

function openLoop(code: MagicString, body: AnyNode, statement: string): (() => void) | undefined {
  if (body.type === 'BlockStatement') {
    code.appendLeft(body.start + 1, statement);
    return undefined;
  }
  code.appendLeft(body.start, `{${statement} `);
  return () => {
    code.appendLeft(body.end, ' }');
  };
}

function openFunction(
  code: MagicString,
  { body }: FunctionNode,
  statement: string,
  expression: string,
): (() => void) | undefined {
  if (body.type === 'BlockStatement') {
    const directives = body.body.filter((one) => 'directive' in one && one.directive !== undefined);
    if (body.body.length > directives.length) {
      code.appendLeft(directives.at(-1)?.end ?? body.start + 1, statement);
    }
    return undefined;
  }
  if (body.type === 'Identifier' || body.type === 'Literal') {
    return undefined;
  }
  code.appendLeft(body.start, `(${expression}`);
  return () => {
    code.appendLeft(body.end, ')');
  };
}
