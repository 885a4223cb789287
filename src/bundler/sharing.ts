/**
 * Decides which modules of node_modules are evaluated once per isolate and shared by all runs. Sharing saves time and memory;
 * a wrong decision would let one run see another's state, so every doubt means: per run.
 *
 * S1  Shared modules reach only shared modules, and never `perdure/workflow`.
 * S2  No variable of theirs is changed from inside a function, no object behind a captured variable or behind `this` of one
 *     of the module's own objects either, and nothing of unknown make is made while they load (load-time.ts).
 * S3  They read nothing that belongs to a run. Packages declared pure are exempt from S2 and from this.
 * S4  No other module writes to what they export.
 */

import type { AnyNode } from 'acorn';
import type { Metafile } from 'esbuild';
import { classifyGlobal } from '../executor/globals-table.ts';
import { changesObject, type Frame } from './ast.ts';
import { type Chunk, type ChunkLookup, chunkLookup, packageOf } from './chunks.ts';
import { isUsedAtOnce } from './free-identifiers.ts';
import { loadsQuietly, writesToThis } from './load-time.ts';
import { isPureFor, usedNames } from './pure-packages.ts';
import type { Binding, Reference, ScopeAnalysis } from './scope-analysis.ts';
import { packagesWrittenTo } from './shared-writes.ts';

export interface SharingInput {
  readonly chunks: readonly Chunk[];
  readonly analysis: ScopeAnalysis;
  /** Functions that run while modules load; the analysis takes them for part of what surrounds them. */
  readonly loading: ReadonlySet<AnyNode>;
  readonly inputs: Metafile['inputs'];
  /** Packages that the author declared pure. */
  readonly declared: readonly string[];
}

/** The paths of the modules to share. */
export function sharedPaths(input: SharingInput): Set<string> {
  const { chunks, analysis, inputs, declared } = input;
  const byPath = new Map(chunks.map((chunk) => [chunk.path, chunk]));
  const chunkAt = chunkLookup(chunks);
  const own = chunks.filter(({ path }) => packageOf(path) === undefined);
  const doubtful = doubtfulPaths(input, chunkAt);
  const used = usedNames(own, analysis, chunkAt);
  const isPure = (name: string): boolean => declared.includes(name) || isPureFor(name, used);
  const written = packagesWrittenTo(analysis, chunkAt);
  const verdicts = new Map<string, boolean>();
  for (const path of byPath.keys()) {
    const name = packageOf(path);
    const isStateless = (): boolean => !doubtful.has(path) && !written.byThemselves.has(name ?? '');
    verdicts.set(path, name !== undefined && !written.byOthers.has(name) && (isPure(name) || isStateless()));
  }
  withdrawDependents(verdicts, inputs);
  return new Set([...verdicts].filter(([, isShared]) => isShared).map(([path]) => path));
}

/** S1: to a fixed point, a module that imports an unshared one is unshared. */
function withdrawDependents(verdicts: Map<string, boolean>, inputs: Metafile['inputs']): void {
  const isShared = ({ path, external }: { path: string; external?: boolean }): boolean =>
    path === '<runtime>' || (!external && (verdicts.get(path) ?? isEmptyInput(inputs, path)));
  for (let changed = true; changed; ) {
    changed = false;
    for (const [path, verdict] of verdicts) {
      if (verdict && !(inputs[path]?.imports ?? []).every(isShared)) {
        verdicts.set(path, false);
        changed = true;
      }
    }
  }
}

/** Inputs that left no code behind have nothing to share or to keep apart, unless they import something. */
function isEmptyInput(inputs: Metafile['inputs'], path: string): boolean {
  return inputs[path] !== undefined && inputs[path].imports.length === 0;
}

function doubtfulPaths({ chunks, analysis, loading }: SharingInput, chunkAt: ChunkLookup): Set<string> {
  const doubtful = new Set<string>();
  const doubt = (position: number): void => {
    doubtful.add(chunkAt(position)?.path ?? '');
  };
  for (const reference of analysis.references) {
    if (reference.binding ? isStateChange(reference, reference.binding) : isOfTheRun(reference)) {
      doubt(reference.node.start);
      if (reference.binding?.isTopLevel) {
        doubt(reference.binding.declaredAt);
      }
    }
  }
  const free = new Set<AnyNode>(analysis.free.map((one) => one.node));
  const helpers = helperNames(chunks);
  const changes = (node: AnyNode, path: readonly AnyNode[]): boolean => changesObject(node, framesOf(path));
  for (const chunk of chunks) {
    const isQuiet = loadsQuietly(
      chunk,
      loading,
      (node) => free.has(node),
      (name) => helpers.has(name),
    );
    if (!isQuiet || writesToThis(chunk, changes)) {
      doubtful.add(chunk.path);
    }
  }
  return doubtful;
}

/** esbuild's helpers, and the functions by which it loads modules. */
function helperNames(chunks: readonly Chunk[]): Set<string> {
  const statements = chunks.flatMap(({ path, statements: all, wrapper }) =>
    path === '' ? all : wrapper ? all.slice(-1) : [],
  );
  return new Set(
    statements.flatMap((one) =>
      one.type === 'VariableDeclaration'
        ? one.declarations.flatMap(({ id }) =>
            id.type === 'Identifier' && id.name !== '__require' ? id.name : [],
          )
        : [],
    ),
  );
}

function framesOf(path: readonly AnyNode[]): Frame | undefined {
  return path.reduce<Frame | undefined>((up, node) => ({ node, up }), undefined);
}

/** S3. `typeof` and `instanceof` ask nothing of the run. */
function isOfTheRun(reference: Reference): boolean {
  const { name, isWrite, parent, node } = reference;
  const kind = classifyGlobal(name);
  const above = parent?.node;
  if (isWrite) {
    return true;
  }
  if (above?.type === 'UnaryExpression' && above.operator === 'typeof') {
    return false;
  }
  if (name === 'global') {
    return isUsedAtOnce(reference);
  }
  if (name === 'Math') {
    return !isMemberOtherThan(above, 'random');
  }
  if (name === 'Date') {
    const isTest =
      above?.type === 'BinaryExpression' && above.operator === 'instanceof' && above.right === node;
    const isFixed = above?.type === 'NewExpression' && above.callee === node && above.arguments.length > 0;
    return !(isTest || isFixed || isMemberOtherThan(above, 'now'));
  }
  return kind === 'replaced';
}

function isMemberOtherThan(node: AnyNode | undefined, name: string): boolean {
  return (
    node?.type === 'MemberExpression' &&
    !node.computed &&
    node.property.type === 'Identifier' &&
    node.property.name !== name
  );
}

/** S2: a captured variable, or an object behind one, changes inside a function that does not own it. */
function isStateChange(reference: Reference, binding: Binding): boolean {
  if (reference.owner === binding.owner) {
    return false;
  }
  return reference.isWrite || changesObject(reference.node, reference.parent);
}
