/** Finds the packages whose exports the code of the workflows writes to, such as luxon in `Settings.defaultZone = 'utc'`. */

import type { AnyNode } from 'acorn';
import { changesObject, patternNames } from './ast.ts';
import { type ChunkLookup, packageOf } from './chunks.ts';
import type { Reference, ScopeAnalysis } from './scope-analysis.ts';

export function packagesWrittenTo({ references }: ScopeAnalysis, chunkAt: ChunkLookup): Set<string> {
  const packageAt = (position: number): string | undefined => packageOf(chunkAt(position)?.path ?? '');
  const own = references.filter(({ node }) => packageAt(node.start) === undefined);
  const aliases = aliasesOfPackages(own, packageAt);
  const written = new Set<string>();
  for (const { node, parent, binding, name } of own) {
    if (binding && changesObject(node, parent)) {
      const declared = binding.isTopLevel ? packageAt(binding.declaredAt) : undefined;
      for (const one of declared === undefined ? (aliases.get(name) ?? []) : [declared]) {
        written.add(one);
      }
    }
  }
  return written;
}

/**
 * Names that stand for a package or a part of it: `import_x = __toESM(require_x())`, `const { Settings } = require_x()`,
 * `const settings = import_x.Settings`. By name alone, which errs towards not sharing.
 */
function aliasesOfPackages(
  references: readonly Reference[],
  packageAt: (position: number) => string | undefined,
): Map<string, Set<string>> {
  const aliases = new Map<string, Set<string>>();
  for (const pass of [1, 2]) {
    for (const reference of references) {
      const { binding, name } = reference;
      const direct = binding?.isTopLevel ? packageAt(binding.declaredAt) : undefined;
      const packages = direct === undefined ? (pass === 2 ? aliases.get(name) : undefined) : [direct];
      for (const alias of packages ? namesGiven(reference) : []) {
        const known = aliases.get(alias) ?? new Set();
        for (const one of packages ?? []) {
          known.add(one);
        }
        aliases.set(alias, known);
      }
    }
  }
  return aliases;
}

/** The names that a declaration or assignment gives to what the reference stands for, or to a member of it. */
function namesGiven({ node, parent }: Reference): string[] {
  let child: AnyNode = node;
  for (let frame = parent; frame; frame = frame.up) {
    const above = frame.node;
    if (above.type === 'VariableDeclarator' && above.init === child) {
      return patternNames(above.id);
    }
    if (above.type === 'AssignmentExpression' && above.right === child) {
      return patternNames(above.left);
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
