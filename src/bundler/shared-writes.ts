/**
 * Finds the packages whose objects are written to by other modules, such as luxon in `Settings.defaultZone = 'utc'`. What a
 * function does with an argument is not followed.
 */

import type { AnyNode, Identifier } from 'acorn';
import { changesObject, patternIdentifiers } from './ast.ts';
import { type ChunkLookup, packageOf } from './chunks.ts';
import type { Binding, Reference, ScopeAnalysis } from './scope-analysis.ts';

export interface WrittenPackages {
  /** Written to by the author's modules or by other packages. */
  readonly byOthers: ReadonlySet<string>;
  /** Written to by their own modules, after loading. */
  readonly byThemselves: ReadonlySet<string>;
}

export function packagesWrittenTo({ references }: ScopeAnalysis, chunkAt: ChunkLookup): WrittenPackages {
  const pathAt = (position: number): string => chunkAt(position)?.path ?? '';
  const originOf = originsOf(references, pathAt);
  const byOthers = new Set<string>();
  const byThemselves = new Set<string>();
  for (const { node, parent, binding, owner } of references) {
    if (!binding || !changesObject(node, parent)) {
      continue;
    }
    const writer = pathAt(node.start);
    for (const origin of originOf(binding)) {
      const target = packageOf(origin);
      if (target === undefined || origin === writer) {
        continue;
      }
      if (target !== packageOf(writer)) {
        byOthers.add(target);
      } else if (owner !== undefined) {
        byThemselves.add(target);
      }
    }
  }
  return { byOthers, byThemselves };
}

/**
 * The modules that a binding comes from: the one that declares it, and those behind it in `import_x = __toESM(require_x())`,
 * `const { Settings } = require_x()`, `const settings = import_x.Settings`.
 */
function originsOf(
  references: readonly Reference[],
  pathAt: (position: number) => string,
): (binding: Binding) => ReadonlySet<string> {
  const bindingAt = new Map<AnyNode, Binding | undefined>(references.map((one) => [one.node, one.binding]));
  const origins = new Map<Binding, Set<string>>();
  const originOf = (binding: Binding): Set<string> => {
    const known = origins.get(binding) ?? new Set(binding.isTopLevel ? [pathAt(binding.declaredAt)] : []);
    origins.set(binding, known);
    return known;
  };
  for (let grew = true; grew; ) {
    grew = false;
    for (const reference of references) {
      for (const alias of reference.binding ? namesGiven(reference) : []) {
        const binding = bindingAt.get(alias);
        const target = binding && originOf(binding);
        for (const origin of reference.binding && target ? originOf(reference.binding) : []) {
          grew ||= target?.has(origin) === false;
          target?.add(origin);
        }
      }
    }
  }
  return originOf;
}

/** The names that a declaration or assignment gives to what the reference stands for, or to a member of it. */
function namesGiven({ node, parent }: Reference): Identifier[] {
  let child: AnyNode = node;
  for (let frame = parent; frame; frame = frame.up) {
    const above = frame.node;
    if (above.type === 'VariableDeclarator' && above.init === child) {
      return patternIdentifiers(above.id);
    }
    if (above.type === 'AssignmentExpression' && above.right === child) {
      return patternIdentifiers(above.left);
    }
    const isMember = above.type === 'MemberExpression' && above.object === child;
    const isRequire =
      above.type === 'CallExpression' &&
      above.callee.type === 'Identifier' &&
      /^(require_|__toESM|__toCommonJS)/.test(above.callee.name);
    if (!isMember && !isRequire) {
      return [];
    }
    child = above;
  }
  return [];
}
