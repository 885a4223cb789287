/** Small helpers over acorn's syntax tree. */

import type {
  AnonymousFunctionDeclaration,
  AnyNode,
  ArrowFunctionExpression,
  FunctionDeclaration,
  FunctionExpression,
  Identifier,
} from 'acorn';

export type FunctionNode =
  | AnonymousFunctionDeclaration
  | ArrowFunctionExpression
  | FunctionDeclaration
  | FunctionExpression;

/** A node's way up to the program. */
export interface Frame {
  readonly node: AnyNode;
  readonly up: Frame | undefined;
}

export const isFunctionNode = (node: AnyNode): node is FunctionNode =>
  node.type === 'FunctionDeclaration' ||
  node.type === 'FunctionExpression' ||
  node.type === 'ArrowFunctionExpression';

/** Direct children of a node, in source order. */
export function childNodes(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) {
      for (const item of value) {
        if (isNode(item)) {
          children.push(item);
        }
      }
    } else if (isNode(value)) {
      children.push(value);
    }
  }
  return children;
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** True where the expression `node` is stored into: directly, through a pattern, or by a for loop's head. */
export function isWriteTarget(node: AnyNode, above: Frame | undefined): boolean {
  let child = node;
  for (let frame = above; frame; frame = frame.up) {
    const parent = frame.node;
    switch (parent.type) {
      case 'AssignmentExpression':
      case 'ForInStatement':
      case 'ForOfStatement':
        return parent.left === child;
      case 'UpdateExpression':
        return true;
      case 'UnaryExpression':
        return parent.operator === 'delete';
      case 'AssignmentPattern':
        if (parent.left !== child) {
          return false;
        }
        break;
      case 'Property':
        if (parent.value !== child || frame.up?.node.type !== 'ObjectPattern') {
          return false;
        }
        break;
      case 'ObjectPattern':
      case 'ArrayPattern':
      case 'RestElement':
        break;
      default:
        return false;
    }
    child = parent;
  }
  return false;
}

const changingMethods =
  /^(add|clear|copyWithin|delete|fill|pop|push|reverse|set|shift|sort|splice|unshift|assign|define\w*)$/;

/** `name.a.b = 1`, `delete name.a`, `name.set(...)`, `Object.assign(name, ...)`. */
export function changesObject(node: AnyNode, above: Frame | undefined): boolean {
  let child = node;
  let frame = above;
  while (frame?.node.type === 'MemberExpression' && frame.node.object === child) {
    const member = frame.node;
    if (isWriteTarget(member, frame.up)) {
      return true;
    }
    const property = member.property.type === 'Identifier' && !member.computed ? member.property.name : '';
    const call = frame.up?.node;
    if (call?.type === 'CallExpression' && call.callee === member && changingMethods.test(property)) {
      return true;
    }
    child = member;
    frame = frame.up;
  }
  const call = frame?.node;
  if (
    call?.type !== 'CallExpression' ||
    call.arguments[0] !== child ||
    call.callee.type !== 'MemberExpression'
  ) {
    return false;
  }
  const { property } = call.callee;
  return property.type === 'Identifier' && changingMethods.test(property.name);
}

/** The identifiers that a pattern binds or assigns. */
export function patternIdentifiers(pattern: AnyNode): Identifier[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern];
    case 'ObjectPattern':
      return pattern.properties.flatMap((one) =>
        patternIdentifiers(one.type === 'Property' ? one.value : one.argument),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((one) => (one ? patternIdentifiers(one) : []));
    case 'AssignmentPattern':
      return patternIdentifiers(pattern.left);
    case 'RestElement':
      return patternIdentifiers(pattern.argument);
    default:
      return [];
  }
}
