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
  'perdure/proto',
  'perdure/common/lib/protobufs',
  'perdure/common/lib/converter/protobuf-payload-converters',
  'perdure/plugin',
  'perdure/interceptors-opentelemetry',
  ...['instrumentation', 'workflow', 'workflow/definitions', 'workflow/index', 'workflow-interceptors'].map(
    (name) => `perdure/interceptors-opentelemetry/lib/${name}`,
  ),
]);

/** Temporal's packages that this library has under its own name. `proto` is not one: there is only one copy of it, Temporal's. */
const COUNTERPARTS =
  /^@temporalio\/(activity|client|common|interceptors-opentelemetry|plugin|testing|worker|workflow)(?=\/|$)/;

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

/** What is imported, under the name that it has here: `@temporalio/workflow/lib/sinks.js` is `perdure/workflow/lib/sinks`. */
export function ownSpecifier(imported: string): string {
  return withoutLibExtension(imported.replace(COUNTERPARTS, 'perdure/$1'));
}

/** Whether it is one of Temporal's packages, which this library stands in for. */
export function hasCounterpart(imported: string): boolean {
  return COUNTERPARTS.test(imported);
}

/** Whether it is the SDK that workflow code gets injected. */
export function isInjected(imported: string): boolean {
  return injectedModules.has(ownSpecifier(imported));
}

export function judgeModule(imported: string, ignoreModules: readonly string[]): ModuleVerdict {
  const specifier = ownSpecifier(imported);
  const name = withoutNodePrefix(specifier);
  if ([imported, name].some((one) => moduleMatches(one, ignoreModules.map(withoutNodePrefix)))) {
    return { kind: 'ignored', name: withoutLibExtension(imported) };
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
  const reason = refusalOf(specifier, name, imported);
  return reason ? { kind: 'refused', name: imported, reason } : { kind: 'ordinary' };
}

function refusalOf(specifier: string, name: string, imported: string): string | undefined {
  if (specifier.startsWith('node:') || nodeBuiltins.has(name) || nodeBuiltins.has(name.split('/')[0] ?? '')) {
    return `'${specifier}' is a module of Node.js, and workflow code is deterministic: move what needs it to an activity`;
  }
  if (/^(cloudflare|bun|jsr|workerd):/.test(specifier)) {
    return `'${specifier}' belongs to the host, and workflow code is deterministic: move what needs it to an activity`;
  }
  if (specifier === 'perdure/activity') {
    return `'${imported}' is for activities: import their types with "import type", and call them through proxyActivities()`;
  }
  if (specifier === 'perdure' || specifier.startsWith('perdure/')) {
    return `'${imported}' cannot be used in workflow code, which has 'perdure/workflow' and 'perdure/common'`;
  }
  return undefined;
}

/** `perdure/common/lib/time.js` is `perdure/common/lib/time`. */
function withoutLibExtension(specifier: string): string {
  return specifier.replace(/^(perdure\/[\w-]+\/lib\/.+)\.js$/, '$1');
}

function withoutNodePrefix(specifier: string): string {
  return specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
}
