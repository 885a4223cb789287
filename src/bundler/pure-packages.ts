/**
 * Packages known to be safe to share between runs, each with what would make it unsafe. Entries were checked by reading the
 * package: which state it keeps, and by which of its functions a workflow could change it.
 */

import type { AnyNode } from 'acorn';
import { childNodes } from './ast.ts';
import { type Chunk, type ChunkLookup, packageOf } from './chunks.ts';
import type { ScopeAnalysis } from './scope-analysis.ts';

interface PurePackage {
  /** Identifiers whose use in the code of the workflows means that state of the package may change. */
  readonly unlessUsed: readonly string[];
}

export const purePackages: Readonly<Record<string, PurePackage>> = {
  // Caches of Intl objects and of parsed formats only grow, and their content follows from their keys. `Settings` holds the
  // defaults, and resetCaches is harmless. The clock is read when asked, through Date.
  luxon: { unlessUsed: ['Settings'] },
  // Schemas are values. The global configuration and the global registry (which refuses an ID that it already has) are state.
  zod: { unlessUsed: ['config', 'globalRegistry', 'meta', 'register', 'setErrorMap', 'locales'] },
};

/** True if a package is known, and nothing that the workflows' own code calls changes its state. */
export function isPureFor(name: string, used: ReadonlySet<string>): boolean {
  const known = Object.hasOwn(purePackages, name) ? purePackages[name] : undefined;
  return known?.unlessUsed.every((one) => !used.has(one)) ?? false;
}

/** Names under which the workflows' own code calls methods, reads classes of a namespace, or imports from packages. */
export function usedNames(
  own: readonly Chunk[],
  { references }: ScopeAnalysis,
  chunkAt: ChunkLookup,
): Set<string> {
  const used = new Set<string>();
  const visit = (node: AnyNode): void => {
    if (node.type === 'MemberExpression' && /^[A-Z]/.test(propertyName(node))) {
      used.add(propertyName(node));
    }
    if (node.type === 'CallExpression') {
      used.add(propertyName(node.callee));
    }
    for (const child of childNodes(node)) {
      visit(child);
    }
  };
  for (const { statements } of own) {
    for (const statement of statements) {
      visit(statement);
    }
  }
  const isOwn = (position: number): boolean => packageOf(chunkAt(position)?.path ?? '') === undefined;
  for (const { node, binding, name } of references) {
    if (binding?.isTopLevel && isOwn(node.start) && !isOwn(binding.declaredAt)) {
      used.add(name.replace(/\d+$/, ''));
    }
  }
  return used;
}

function propertyName(node: AnyNode): string {
  const isNamed = node.type === 'MemberExpression' && !node.computed && node.property.type === 'Identifier';
  return isNamed && node.property.type === 'Identifier' ? node.property.name : '';
}
