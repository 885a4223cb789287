/**
 * Turns esbuild's module into the body of a bundle: modules shared by all runs in an outer function, those of one run in an
 * inner one, free identifiers bound, imports injected, loops and functions fuelled.
 */

import type { AnyNode } from 'acorn';
import MagicString from 'magic-string';
import type { FunctionNode } from './ast.ts';
import { childNodes } from './ast.ts';
import { entryPath } from './build-problems.ts';
import { type Chunk, chunkLookup, cutIntoChunks, packageOf } from './chunks.ts';
import { type CompiledWorkflows, entryExports, ignoredName, modulesName } from './compile.ts';
import { isUsedAtOnce, noGlobals, rewriteFreeIdentifiers, type UsedGlobals } from './free-identifiers.ts';
import { addFuelChecks } from './fuel-checks.ts';
import { functionsOfLoading } from './load-time.ts';
import { removeIdleNaming } from './name-helper.ts';
import { accessSource, type GeneratedNames, generatedNames, preludeSource } from './prelude.ts';
import { analyzeScopes, type Reference, type ScopeAnalysis } from './scope-analysis.ts';
import { sharedPaths } from './sharing.ts';
import { isInStrictFunction, isSloppyScript } from './sloppy-scripts.ts';

/** Something in the compiled code that workflow code must not have. */
export interface Refusal {
  /** Where in the compiled code. */
  readonly position: number;
  readonly text: string;
}

export interface InstrumentedCode {
  readonly code: MagicString;
  readonly refusals: readonly Refusal[];
  readonly shared: ReadonlySet<string>;
}

export function instrument(compiled: CompiledWorkflows, declared: readonly string[]): InstrumentedCode {
  const { inputs } = compiled.metafile;
  const { program, chunks } = cutIntoChunks(compiled.code, new Set(Object.keys(inputs)));
  const loading = functionsOfLoading(chunks);
  const analysis = analyzeScopes(program, loading);
  const shared = sharedPaths({ chunks, analysis, loading, inputs, declared });
  const names = generatedNames(analysis.names);
  // One character more, so that the last chunk can be moved behind the others.
  const code = new MagicString(`${compiled.code}\n`);
  const isShared = ({ path }: Chunk): boolean => path === '' || shared.has(path);

  const chunkAt = chunkLookup(chunks);
  removeIdleNaming(code, analysis, (position) => isAuthored(chunkAt(position)?.path ?? ''));
  const used = rewriteGlobals(code, chunks, analysis, names, isShared);
  const refusals: Refusal[] = [];
  for (const chunk of chunks) {
    rewriteChunk(code, chunk, names, refusals);
  }
  unwrapEntry(code, chunks, analysis);
  assemble(
    code,
    chunks.filter((one) => !isShared(one)),
    used,
    names,
  );
  return { code, refusals, shared };
}

interface UsedByScope {
  readonly shared: UsedGlobals;
  readonly run: UsedGlobals;
}

function rewriteGlobals(
  code: MagicString,
  chunks: readonly Chunk[],
  analysis: ScopeAnalysis,
  names: GeneratedNames,
  isShared: (chunk: Chunk) => boolean,
): UsedByScope {
  const chunkAt = chunkLookup(chunks);
  const free = { shared: [] as Reference[], run: [] as Reference[] };
  for (const reference of analysis.free) {
    if (reference.name === modulesName) {
      code.update(reference.node.start, reference.node.end, `${names.environment}.modules`);
    } else if (reference.name === ignoredName) {
      code.update(reference.node.start, reference.node.end, names.ignored);
    } else {
      const chunk = chunkAt(reference.node.start);
      const isGlobal =
        reference.name === 'global' && (isUsedAtOnce(reference) || isAuthored(chunk?.path ?? ''));
      free[chunk && isShared(chunk) ? 'shared' : 'run'].push(
        isGlobal ? { ...reference, name: 'globalThis' } : reference,
      );
    }
  }
  const used = { shared: noGlobals(), run: noGlobals() };
  rewriteFreeIdentifiers(code, free.shared, names, used.shared);
  const isSloppy = (reference: Reference): boolean => {
    const chunk = chunkAt(reference.node.start);
    return chunk !== undefined && isSloppyScript(chunk) && !isInStrictFunction(reference);
  };
  rewriteFreeIdentifiers(code, free.run, names, used.run, isSloppy);
  return used;
}

function rewriteChunk(code: MagicString, chunk: Chunk, names: GeneratedNames, refusals: Refusal[]): void {
  if (chunk.path === '' || chunk.path.endsWith(entryPath)) {
    return;
  }
  if (chunk.wrapper?.async) {
    refusals.push({ position: firstAwait(chunk.wrapper), text: topLevelAwait });
  }
  for (const statement of chunk.statements) {
    if (statement.type === 'ImportDeclaration') {
      code.update(statement.start, statement.end, injection(statement, names));
    } else {
      refuseIn(statement, refusals, code);
      addFuelChecks(code, statement, names.fuel);
    }
  }
}

const topLevelAwait =
  'top-level await is not available in workflow code: a workflow is loaded within one turn. Await inside a function';

function refuseIn(node: AnyNode, refusals: Refusal[], code: MagicString): void {
  if (node.type === 'ImportExpression') {
    const text =
      'import() needs a fixed text here: which modules a workflow has must be known when it is bundled';
    refusals.push({ position: node.start, text });
  } else if (node.type === 'MetaProperty' && node.meta.name === 'import') {
    code.update(node.start, node.end, '({})');
  }
  for (const child of childNodes(node)) {
    refuseIn(child, refusals, code);
  }
}

function firstAwait(wrapper: FunctionNode): number {
  const find = (node: AnyNode): number | undefined => {
    if (node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await)) {
      return node.start;
    }
    for (const child of childNodes(node)) {
      const found = find(child);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  };
  return find(wrapper.body) ?? wrapper.start;
}

/** `import { sleep as sleep2 } from 'perdure/workflow'` becomes a binding to what the executor injects. */
function injection(
  { specifiers, source }: Extract<AnyNode, { type: 'ImportDeclaration' }>,
  { environment, missing }: GeneratedNames,
): string {
  const module = JSON.stringify(source.value);
  const injected = `${environment}.modules[${module}]`;
  const named: string[] = [];
  const lines: string[] = [];
  for (const one of specifiers) {
    const local = one.local.name;
    if (one.type === 'ImportNamespaceSpecifier') {
      lines.push(`const ${local} = ${injected};`);
    } else if (one.type === 'ImportDefaultSpecifier') {
      lines.push(`const ${local} = ${injected}.default ?? ${injected};`);
    } else {
      const name = one.imported.type === 'Identifier' ? one.imported.name : String(one.imported.value);
      named.push(`${JSON.stringify(name)}: ${local} = ${missing}(${module}, ${JSON.stringify(name)})`);
    }
  }
  if (named.length > 0) {
    lines.push(`const { ${named.join(', ')} } = ${injected};`);
  }
  return lines.join(' ');
}

/** The entry gives modules themselves, not copies of their exports: live bindings, and nothing to pay for what is not read. */
function unwrapEntry(code: MagicString, chunks: readonly Chunk[], { topLevel }: ScopeAnalysis): void {
  const entry = chunks.find(({ path }) => path.endsWith(entryPath));
  for (const { node, parent } of topLevel.get('__toCommonJS')?.references ?? []) {
    const call = parent?.node;
    const argument = call?.type === 'CallExpression' && call.callee === node ? call.arguments[0] : undefined;
    if (entry && call && argument && node.start >= entry.start && node.end <= entry.end) {
      code.remove(call.start, argument.start);
      code.remove(argument.end, call.end);
    }
  }
  const exported = entry?.statements.find((one) => one.type === 'ExportNamedDeclaration');
  if (exported?.type !== 'ExportNamedDeclaration') {
    throw new Error('the compiled workflows have no entry');
  }
  const local = (name: string): string => {
    const specifier = exported.specifiers.find(
      (one) => one.exported.type === 'Identifier' && one.exported.name === name,
    );
    return specifier?.local.type === 'Identifier' ? specifier.local.name : 'undefined';
  };
  const { workflows, open, extras } = entryExports;
  code.update(
    exported.start,
    exported.end,
    `return { workflows: ${local(workflows)}, open: ${local(open)}, extras: ${local(extras)} };`,
  );
}

/** `$first` and `$last` are places whose lines are known, so that a shift of all lines can be measured at run time. */
function assemble(
  code: MagicString,
  ownChunks: readonly Chunk[],
  used: UsedByScope,
  names: GeneratedNames,
): void {
  const { environment, makeShared, makeRun, object, sharedGlobal } = names;
  const first = ownChunks[0];
  if (!first) {
    throw new Error('the compiled workflows have no module of their own');
  }
  const end = code.original.length;
  for (const chunk of ownChunks) {
    code.move(chunk.start, chunk.end, end);
  }
  const sharedObject =
    used.shared.replaced.has('globalThis') || used.shared.usesStrict || used.shared.usesLenient;
  code.prepend(
    [
      preludeSource(names),
      `const $first = new Error("perdure").stack;`,
      `function ${makeShared}(${environment}) {`,
      sharedObject || used.shared.replaced.has('Function')
        ? `const ${object} = ${sharedGlobal}(${environment});`
        : '',
      ...bindings(used.shared, names, object),
      '',
    ].join('\n'),
  );
  code.prependRight(
    first.start,
    [
      `return function ${makeRun}(${environment}) {`,
      ...bindings(used.run, names, `${environment}.globals.globalThis`),
      '',
    ].join('\n'),
  );
  code.append(`\n};\n}\nconst $last = new Error("perdure").stack;\n${accessSource(names)}\n`);
}

function bindings(used: UsedGlobals, names: GeneratedNames, globalObject: string): string[] {
  const { environment, namesOf, functionOf, strict, lenient } = names;
  const own = [...used.replaced].filter((name) => name !== 'Function').sort();
  const isShared = globalObject === names.object;
  const ownFunction = `${functionOf}(${environment}, ${globalObject})`;
  const usesObject = used.replaced.has('globalThis') || used.usesStrict || used.usesLenient;
  const plain = own.filter((name) => !(isShared && name === 'globalThis'));
  return [
    plain.length > 0 ? `const { ${plain.join(', ')} } = ${environment}.globals;` : '',
    plain.length < own.length ? `const globalThis = ${globalObject};` : '',
    used.replaced.has('Function') ? `const Function = ${ownFunction};` : usesObject ? `${ownFunction};` : '',
    used.usesStrict ? `const ${strict} = ${namesOf}(${environment}, ${globalObject}, true);` : '',
    used.usesLenient ? `const ${lenient} = ${namesOf}(${environment}, ${globalObject}, false);` : '',
  ].filter((line) => line !== '');
}

function isAuthored(path: string): boolean {
  return packageOf(path) === undefined && !path.endsWith(entryPath);
}
