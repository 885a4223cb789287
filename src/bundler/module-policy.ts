/** Which imports a workflow may have: what is injected, what has a small stand-in, and what is refused with which advice. */

import { builtinModules } from 'node:module';
import { WORKFLOW_LIB_MODULES } from '../sdk/common/lib-names.ts';

/** Bound to the run by the executor; never copied into a bundle. */
export const injectedModules: ReadonlySet<string> = new Set([
  'perdure/workflow',
  'perdure/common',
  ...WORKFLOW_LIB_MODULES,
  ...WORKFLOW_LIB_MODULES.map((name) => `${name}.js`),
]);

/** Workflow code of this library: it goes into the bundle as the author's own does. */
const publishedModules: ReadonlySet<string> = new Set([
  'perdure/common/lib/protobufs',
  'perdure/common/lib/converter/protobuf-payload-converters',
]);

const shimmed = new Set(['assert', 'assert/strict', 'url', 'util']);

export type ModuleVerdict =
  | { readonly kind: 'injected'; readonly name: string }
  | { readonly kind: 'ignored'; readonly name: string }
  | { readonly kind: 'shim'; readonly name: string }
  | { readonly kind: 'published'; readonly name: string }
  | { readonly kind: 'refused'; readonly name: string; readonly reason: string }
  | { readonly kind: 'ordinary' };

const nodeBuiltins = new Set(builtinModules.map(withoutNodePrefix));

/** `module` itself, or a path below it. */
export function moduleMatches(specifier: string, modules: readonly string[]): boolean {
  return modules.some((module) => specifier === module || specifier.startsWith(`${module}/`));
}

export function judgeModule(imported: string, ignoreModules: readonly string[]): ModuleVerdict {
  const specifier = withoutLibExtension(imported);
  const name = withoutNodePrefix(specifier);
  if (moduleMatches(name, ignoreModules.map(withoutNodePrefix))) {
    return { kind: 'ignored', name: specifier };
  }
  if (injectedModules.has(specifier)) {
    return { kind: 'injected', name: specifier };
  }
  if (publishedModules.has(specifier)) {
    return { kind: 'published', name: specifier };
  }
  if (shimmed.has(name)) {
    return { kind: 'shim', name };
  }
  const reason = refusalOf(specifier, name);
  return reason ? { kind: 'refused', name: specifier, reason } : { kind: 'ordinary' };
}

function refusalOf(specifier: string, name: string): string | undefined {
  if (specifier.startsWith('node:') || nodeBuiltins.has(name) || nodeBuiltins.has(name.split('/')[0] ?? '')) {
    return `'${specifier}' is a module of Node.js, and workflow code is deterministic: move what needs it to an activity`;
  }
  if (/^(cloudflare|bun|jsr|workerd):/.test(specifier)) {
    return `'${specifier}' belongs to the host, and workflow code is deterministic: move what needs it to an activity`;
  }
  if (specifier.startsWith('@temporalio/')) {
    const own = specifier.replace(/^@temporalio\/(\w+).*$/, 'perdure/$1');
    return `'${specifier}' needs Temporal's own worker: import from '${own}' instead`;
  }
  if (specifier === 'perdure/activity') {
    return `'perdure/activity' is for activities: import their types with "import type", and call them through proxyActivities()`;
  }
  if (specifier === 'perdure' || specifier.startsWith('perdure/')) {
    return `'${specifier}' cannot be used in workflow code, which has 'perdure/workflow' and 'perdure/common'`;
  }
  return undefined;
}

/** `perdure/common/lib/time.js` is `perdure/common/lib/time`. */
function withoutLibExtension(specifier: string): string {
  return specifier.replace(/^(perdure\/\w+\/lib\/.+)\.js$/, '$1');
}

function withoutNodePrefix(specifier: string): string {
  return specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
}
