/**
 * Resolves every identifier of an ES module: which binding it means, or that it is free. Exact for strict-mode code, which
 * the bundle is: parameters and bodies have scopes of their own, function and class names too, `var` is hoisted to its
 * function, block functions stay in their block.
 *
 * A1  An identifier that no scope declares is free, wherever it stands: default values, computed keys, heritage, labels apart.
 * A2  References are resolved when their scope is complete, so a use before the declaration finds it.
 */

import type { AnyNode, Identifier, Program } from 'acorn';
import { childNodes, type Frame, type FunctionNode, isFunctionNode, isWriteTarget } from './ast.ts';

export interface Reference {
  readonly name: string;
  readonly node: Identifier;
  /** The identifier's parent and what is above it. */
  readonly parent: Frame | undefined;
  /** The innermost function around it that is not transparent (see `analyzeScopes`), or undefined at module level. */
  readonly owner: AnyNode | undefined;
  /** Assigned, updated or deleted, or the target of a destructuring assignment or a for loop. */
  readonly isWrite: boolean;
  binding: Binding | undefined;
}

export interface Binding {
  readonly name: string;
  readonly kind: 'var' | 'function' | 'lexical' | 'parameter' | 'import' | 'implicit';
  /** The function that owns the binding's scope, as in `Reference.owner`. */
  readonly owner: AnyNode | undefined;
  /** Declared at the top level of the file. */
  readonly isTopLevel: boolean;
  /** Where the first declaration stands. */
  readonly declaredAt: number;
  readonly references: Reference[];
}

export interface ScopeAnalysis {
  readonly references: readonly Reference[];
  readonly free: readonly Reference[];
  readonly topLevel: ReadonlyMap<string, Binding>;
  /** Every name that occurs as an identifier, so that a generated name can avoid them. */
  readonly names: ReadonlySet<string>;
}

interface Scope {
  readonly bindings: Map<string, Binding>;
  readonly unresolved: Reference[];
  readonly parent: Scope | undefined;
  readonly isVarScope: boolean;
  readonly owner: AnyNode | undefined;
}

/**
 * `transparent` names functions that count as part of what surrounds them: the wrappers that hold a module's own top level.
 */
export function analyzeScopes(
  program: Program,
  transparent: ReadonlySet<AnyNode> = new Set<AnyNode>(),
): ScopeAnalysis {
  const analyzer = new Analyzer(transparent);
  return analyzer.run(program);
}

class Analyzer {
  private readonly references: Reference[] = [];
  private readonly names = new Set<string>();
  private readonly transparent: ReadonlySet<AnyNode>;
  private frame: Frame | undefined = undefined;
  private scope: Scope = newScope(undefined, true, undefined);

  constructor(transparent: ReadonlySet<AnyNode>) {
    this.transparent = transparent;
  }

  run(program: Program): ScopeAnalysis {
    const top = this.scope;
    this.hoist(program.body as AnyNode[]);
    this.within(program, () => this.visitAll(program.body as AnyNode[]));
    this.resolve(top);
    return { references: this.references, free: top.unresolved, topLevel: top.bindings, names: this.names };
  }

  private visitAll(nodes: readonly (AnyNode | null | undefined)[]): void {
    for (const node of nodes) {
      if (node) {
        this.visit(node);
      }
    }
  }

  private visit(node: AnyNode): void {
    switch (node.type) {
      case 'Identifier':
        this.refer(node);
        return;
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.visitFunction(node);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.visitClass(node);
        return;
      case 'StaticBlock':
        this.block(node, node.body, true);
        return;
      case 'BlockStatement':
        this.block(node, node.body);
        return;
      case 'SwitchStatement':
        this.within(node, () => {
          this.visit(node.discriminant);
          this.scoped(false, () => {
            this.hoist(node.cases.flatMap((one) => one.consequent));
            this.visitAll(node.cases);
          });
        });
        return;
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        this.visitFor(node);
        return;
      case 'CatchClause':
        this.within(node, () =>
          this.scoped(false, () => {
            if (node.param) {
              this.declarePattern(node.param, 'lexical');
              this.visit(node.param);
            }
            this.visit(node.body);
          }),
        );
        return;
      case 'VariableDeclarator':
        this.within(node, () => {
          this.visit(node.id);
          this.visitAll([node.init]);
        });
        return;
      case 'MemberExpression':
        this.within(node, () => this.visitAll(node.computed ? [node.object, node.property] : [node.object]));
        return;
      case 'Property':
      case 'MethodDefinition':
      case 'PropertyDefinition':
        this.within(node, () => this.visitAll(node.computed ? [node.key, node.value] : [node.value]));
        return;
      case 'LabeledStatement':
        this.within(node, () => this.visit(node.body));
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
      case 'ImportDeclaration':
      case 'PrivateIdentifier':
        return;
      case 'ExportNamedDeclaration':
        this.within(node, () =>
          node.declaration
            ? this.visit(node.declaration)
            : this.visitAll(
                node.source
                  ? []
                  : node.specifiers.map((one) => (one.local.type === 'Identifier' ? one.local : undefined)),
              ),
        );
        return;
      case 'ExportAllDeclaration':
        return;
      default:
        this.within(node, () => this.visitAll(childNodes(node)));
    }
  }

  private visitFunction(node: FunctionNode): void {
    const isNamedExpression = node.type === 'FunctionExpression' && node.id;
    const visitInside = (): void =>
      this.within(node, () =>
        this.scoped(
          true,
          () => {
            if (node.type !== 'ArrowFunctionExpression') {
              this.bindName('arguments', 'implicit', node.start);
            }
            for (const parameter of node.params) {
              this.declarePattern(parameter, 'parameter');
            }
            for (const parameter of node.params) {
              this.visit(parameter);
            }
            this.visitFunctionBody(node.body);
          },
          this.transparent.has(node) ? this.scope.owner : node,
        ),
      );
    if (isNamedExpression && node.id) {
      const name = node.id.name;
      this.scoped(false, () => {
        this.bindName(name, 'function', node.start);
        visitInside();
      });
    } else {
      visitInside();
    }
  }

  /** The body's own `var`s are not visible to the default values of the parameters. */
  private visitFunctionBody(body: AnyNode): void {
    if (body.type === 'BlockStatement') {
      this.block(body, body.body, true);
    } else {
      this.visit(body);
    }
  }

  private visitClass(node: Extract<AnyNode, { type: 'ClassDeclaration' | 'ClassExpression' }>): void {
    this.within(node, () =>
      this.scoped(false, () => {
        if (node.id) {
          this.bindName(node.id.name, 'lexical', node.start);
        }
        this.visitAll([node.superClass, node.body]);
      }),
    );
  }

  private visitFor(
    node: Extract<AnyNode, { type: 'ForStatement' | 'ForInStatement' | 'ForOfStatement' }>,
  ): void {
    this.within(node, () =>
      this.scoped(false, () => {
        if (node.type === 'ForStatement') {
          if (node.init) {
            this.hoist([node.init]);
          }
          this.visitAll([node.init, node.test, node.update, node.body]);
          return;
        }
        this.hoist([node.left]);
        this.visitAll([node.left, node.right, node.body]);
      }),
    );
  }

  private block(node: AnyNode, body: readonly AnyNode[], isVarScope = false): void {
    this.within(node, () =>
      this.scoped(isVarScope, () => {
        this.hoist(body);
        this.visitAll(body);
      }),
    );
  }

  /** Declares what a list of statements declares: its lexical names here, its `var`s in the nearest function. */
  private hoist(statements: readonly AnyNode[]): void {
    for (const statement of statements) {
      const declaration =
        statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
          ? (statement.declaration as AnyNode | null | undefined)
          : statement;
      if (!declaration) {
        continue;
      }
      if (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') {
        if (declaration.id) {
          this.bindName(
            declaration.id.name,
            declaration.type === 'FunctionDeclaration' ? 'function' : 'lexical',
            declaration.start,
          );
        }
      } else if (declaration.type === 'VariableDeclaration' && declaration.kind !== 'var') {
        for (const one of declaration.declarations) {
          this.declarePattern(one.id, 'lexical');
        }
      } else if (declaration.type === 'ImportDeclaration') {
        for (const specifier of declaration.specifiers) {
          this.bindName(specifier.local.name, 'import', specifier.start);
        }
      }
    }
    if (this.scope.isVarScope) {
      for (const statement of statements) {
        this.hoistVars(statement);
      }
    }
  }

  private hoistVars(node: AnyNode): void {
    if (isFunctionNode(node) || node.type === 'StaticBlock') {
      return;
    }
    if (node.type === 'VariableDeclaration' && node.kind === 'var') {
      for (const one of node.declarations) {
        this.declarePattern(one.id, 'var');
      }
    }
    for (const child of childNodes(node)) {
      this.hoistVars(child);
    }
  }

  private declarePattern(pattern: AnyNode, kind: Binding['kind']): void {
    switch (pattern.type) {
      case 'Identifier':
        this.bindName(pattern.name, kind, pattern.start);
        return;
      case 'ObjectPattern':
        for (const property of pattern.properties) {
          this.declarePattern(property.type === 'RestElement' ? property.argument : property.value, kind);
        }
        return;
      case 'ArrayPattern':
        for (const element of pattern.elements) {
          if (element) {
            this.declarePattern(element, kind);
          }
        }
        return;
      case 'RestElement':
        this.declarePattern(pattern.argument, kind);
        return;
      case 'AssignmentPattern':
        this.declarePattern(pattern.left, kind);
        return;
      default:
    }
  }

  private bindName(name: string, kind: Binding['kind'], declaredAt: number): void {
    this.names.add(name);
    if (!this.scope.bindings.has(name)) {
      const { owner, parent } = this.scope;
      const isTopLevel = parent === undefined;
      this.scope.bindings.set(name, { name, kind, owner, isTopLevel, declaredAt, references: [] });
    }
  }

  private refer(node: Identifier): void {
    this.names.add(node.name);
    const { frame: parent } = this;
    const isWrite = isWriteTarget(node, parent);
    const { owner } = this.scope;
    const reference: Reference = { name: node.name, node, parent, owner, isWrite, binding: undefined };
    this.references.push(reference);
    this.scope.unresolved.push(reference);
  }

  private scoped(isVarScope: boolean, visit: () => void, owner = this.scope.owner): void {
    const outer = this.scope;
    this.scope = newScope(outer, isVarScope, owner);
    visit();
    this.resolve(this.scope);
    this.scope = outer;
  }

  private resolve(scope: Scope): void {
    const pending = scope.unresolved.splice(0);
    for (const reference of pending) {
      const binding = scope.bindings.get(reference.name);
      if (binding) {
        reference.binding = binding;
        binding.references.push(reference);
      } else {
        (scope.parent ?? scope).unresolved.push(reference);
      }
    }
  }

  private within(node: AnyNode, visit: () => void): void {
    const up = this.frame;
    this.frame = { node, up };
    visit();
    this.frame = up;
  }
}

function newScope(parent: Scope | undefined, isVarScope: boolean, owner: AnyNode | undefined): Scope {
  return { bindings: new Map(), unresolved: [], parent, isVarScope, owner };
}
