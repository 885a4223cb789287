/** Reads from one module's source what it exports, and whether it does anything besides passing exports on. */

import type { AnyNode, Expression, Program } from 'acorn';
import { parse } from 'acorn';
import { transform } from 'esbuild';
import { patternIdentifiers } from './ast.ts';
import { isInjected } from './module-policy.ts';

/** A source that the shape of a module can be read from. */
export interface ModuleSource {
  readonly path: string;
  readonly text: string;
}

export type ExportedName =
  | { readonly kind: 'local'; readonly isFunction: boolean }
  | { readonly kind: 'from'; readonly specifier: string; readonly name: string }
  | { readonly kind: 'namespace'; readonly specifier: string };

export interface ModuleShape {
  readonly exports: ReadonlyMap<string, ExportedName>;
  /** Specifiers of `export * from`. */
  readonly stars: readonly string[];
  /** Nothing but `export ... from` and imports of what is exported: skipping it changes nothing. */
  readonly isBarrel: boolean;
  /**
   * A CommonJS module, as compilers write them in forms of their own: what it exports is known for certain when it is evaluated,
   * and `exports` has what was recognised.
   */
  readonly isCommonJs: boolean;
}

type Loader = 'js' | 'jsx' | 'ts' | 'tsx';

const loaders: Readonly<Record<string, Loader>> = {
  ts: 'ts',
  mts: 'ts',
  cts: 'ts',
  tsx: 'tsx',
  jsx: 'jsx',
};

export async function readModuleShape({ path, text }: ModuleSource): Promise<ModuleShape> {
  const loader = loaders[path.split('.').at(-1) ?? ''] ?? 'js';
  const { code } = await transform(text, { loader, target: 'es2022', sourcefile: path, logLevel: 'silent' });
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  const isEsModule = program.body.some(({ type }) => /^(Import|Export)/.test(type));
  return { ...shapeOf(program), isCommonJs: !isEsModule && /\b(exports|module)\b/.test(code) };
}

function shapeOf(program: Program): Omit<ModuleShape, 'isCommonJs'> {
  const exports = new Map<string, ExportedName>();
  const stars: string[] = [];
  const locals = declaredLocals(program);
  let isBarrel = true;
  for (const statement of program.body) {
    switch (statement.type) {
      case 'ImportDeclaration':
        isBarrel &&= statement.specifiers.length > 0;
        break;
      case 'ExportAllDeclaration':
        if (statement.exported) {
          exports.set(nameOf(statement.exported), {
            kind: 'namespace',
            specifier: String(statement.source.value),
          });
        } else {
          stars.push(String(statement.source.value));
        }
        break;
      case 'ExportNamedDeclaration':
        isBarrel &&= !statement.declaration;
        for (const [name, target] of namedExports(statement, locals)) {
          exports.set(name, target);
        }
        break;
      case 'ExportDefaultDeclaration':
        isBarrel = false;
        exports.set('default', { kind: 'local', isFunction: isFunctionValue(statement.declaration, locals) });
        break;
      default:
        isBarrel = false;
        for (const [name, value] of commonJsExports(statement)) {
          exports.set(name, { kind: 'local', isFunction: isFunctionValue(value, locals) });
        }
    }
  }
  return { exports, stars, isBarrel: isBarrel && (exports.size > 0 || stars.length > 0) };
}

type Locals = ReadonlyMap<string, { import: ExportedName } | { value: AnyNode | null | undefined }>;

function namedExports(
  statement: Extract<AnyNode, { type: 'ExportNamedDeclaration' }>,
  locals: Locals,
): [string, ExportedName][] {
  if (statement.declaration) {
    const isFunction = (name: string): boolean => isFunctionLocal(locals, name);
    return declaredNames(statement.declaration).map(([name]) => [
      name,
      { kind: 'local', isFunction: isFunction(name) },
    ]);
  }
  return statement.specifiers.map((one) => {
    const exported = nameOf(one.exported);
    const local = nameOf(one.local);
    if (statement.source) {
      return [exported, { kind: 'from', specifier: String(statement.source.value), name: local }];
    }
    const target = locals.get(local);
    return [
      exported,
      target && 'import' in target
        ? target.import
        : { kind: 'local', isFunction: isFunctionLocal(locals, local) },
    ];
  });
}

function declaredLocals(program: Program): Locals {
  const locals = new Map<string, { import: ExportedName } | { value: AnyNode | null | undefined }>();
  for (const statement of program.body) {
    if (statement.type === 'ImportDeclaration') {
      for (const one of statement.specifiers) {
        const specifier = String(statement.source.value);
        const name =
          one.type === 'ImportSpecifier'
            ? nameOf(one.imported)
            : one.type === 'ImportDefaultSpecifier'
              ? 'default'
              : '*';
        locals.set(one.local.name, {
          import: name === '*' ? { kind: 'namespace', specifier } : { kind: 'from', specifier, name },
        });
      }
    } else {
      const declaration =
        statement.type === 'ExportNamedDeclaration' || statement.type === 'ExportDefaultDeclaration'
          ? statement.declaration
          : statement;
      for (const [name, value] of declaration ? declaredNames(declaration) : []) {
        locals.set(name, { value });
      }
    }
  }
  return locals;
}

/** Names with what they are first bound to. Names from patterns have no value that could be read here. */
function declaredNames(declaration: AnyNode): [string, AnyNode | null | undefined][] {
  if (declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration') {
    return declaration.id ? [[declaration.id.name, declaration]] : [];
  }
  if (declaration.type !== 'VariableDeclaration') {
    return [];
  }
  return declaration.declarations.flatMap((one): [string, AnyNode | null | undefined][] =>
    one.id.type === 'Identifier'
      ? [[one.id.name, one.init]]
      : patternIdentifiers(one.id).map(({ name }) => [name, null]),
  );
}

function isFunctionLocal(locals: Locals, name: string, depth = 0): boolean {
  const local = locals.get(name);
  return local !== undefined && 'value' in local && isFunctionValue(local.value, locals, depth);
}

/**
 * A function, a name for one, or a call that wraps one (`withAudit(async () => ...)`). Calls of the SDK (`defineQuery`,
 * `proxyActivities`) give no workflows.
 */
function isFunctionValue(value: AnyNode | null | undefined, locals: Locals, depth = 0): boolean {
  switch (value?.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return true;
    case 'Identifier':
      return depth < 10 && isFunctionLocal(locals, value.name, depth + 1);
    case 'CallExpression':
      return (
        !isSdkCall(value.callee, locals) &&
        value.arguments.some((argument) => isFunctionValue(argument, locals, depth + 1))
      );
    default:
      return false;
  }
}

function isSdkCall(callee: AnyNode, locals: Locals): boolean {
  const root = callee.type === 'MemberExpression' ? callee.object : callee;
  const local = root.type === 'Identifier' ? locals.get(root.name) : undefined;
  if (!local || !('import' in local)) {
    return false;
  }
  return local.import.kind !== 'local' && isInjected(local.import.specifier);
}

/** `exports.name = value`, `module.exports.name = value`, `module.exports = { name }`, `_export(exports, { name })`. */
function commonJsExports(statement: AnyNode): [string, Expression][] {
  const expression = statement.type === 'ExpressionStatement' ? statement.expression : undefined;
  if (expression?.type === 'CallExpression') return exportsByGetters(expression);
  if (expression?.type !== 'AssignmentExpression' || expression.left.type !== 'MemberExpression') {
    return [];
  }
  const { left, right } = expression;
  if (isExportsObject(left)) {
    return right.type === 'ObjectExpression'
      ? right.properties.flatMap((one): [string, Expression][] =>
          one.type === 'Property' && one.key.type === 'Identifier' ? [[one.key.name, one.value]] : [],
        )
      : [];
  }
  const isNamed = left.property.type === 'Identifier' && !left.computed;
  if (isNamed && isExportsObject(left.object) && left.property.type === 'Identifier') {
    const value = right.type === 'AssignmentExpression' ? right.right : right;
    return value.type === 'UnaryExpression' ? [] : [[left.property.name, value]];
  }
  return [];
}

/** `_export(exports, { get name() { return local } })` of SWC, `__export(all, { name: () => local })` of esbuild. */
function exportsByGetters(call: Extract<AnyNode, { type: 'CallExpression' }>): [string, Expression][] {
  const table = call.arguments[1];
  const isExport = call.callee.type === 'Identifier' && /^__?export$/.test(call.callee.name);
  if (!isExport || table?.type !== 'ObjectExpression') return [];
  return table.properties.flatMap((one): [string, Expression][] => {
    if (one.type !== 'Property') return [];
    const value = returned(one.value);
    return value ? [[nameOf(one.key), value]] : [];
  });
}

/** What a function that does nothing else gives back. */
function returned(node: AnyNode): Expression | undefined {
  if (node.type !== 'ArrowFunctionExpression' && node.type !== 'FunctionExpression') return undefined;
  const { body } = node;
  if (body.type !== 'BlockStatement') return body;
  const [only] = body.body;
  return only?.type === 'ReturnStatement' ? (only.argument ?? undefined) : undefined;
}

function isExportsObject(node: AnyNode): boolean {
  if (node.type === 'Identifier') {
    return node.name === 'exports';
  }
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    node.object.name === 'module' &&
    node.property.type === 'Identifier' &&
    node.property.name === 'exports'
  );
}

function nameOf(node: AnyNode): string {
  return node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : '';
}
