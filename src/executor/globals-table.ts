/**
 * Every global name that workflow code may meet, and what becomes of it. The bundler rewrites the free identifiers of a
 * bundle by this table; the executor supplies a value for each `replaced` name in `BundleEnvironment.globals`.
 *
 * G1  `intrinsic`: passes through. Pure: no clock, no randomness, no I/O, nothing that differs between two hosts.
 * G2  `replaced`: bound to `environment.globals[name]`. Each value is one object per isolate that finds the current run by
 *     itself when it is *used*, since modules shared between runs see the values of the first run that loaded them.
 *     `globalThis` alone may be per run: a module that reads it is never shared unless its package is declared pure, and
 *     then it gets an object of its own. `environment.forbidden` has to find the run in the same way.
 * G3  `absent`: names that libraries test for. Reading one gives `undefined`; using it (`process.exit()`) throws.
 * G4  `forbidden`, and every name that is not in the table: `typeof` gives 'undefined', reading it throws through
 *     `environment.forbidden(name)`.
 * G5  `Function` is in no list: the bundle itself binds a stand-in that tests and lends methods. The code that it generates
 *     sees the names of the run; where the host generates none, it throws through `environment.forbidden`.
 * G6  `global` is `globalThis` in the code of the workflows themselves, as it is in Temporal's bundles, and in packages where
 *     they use it without a question. Those that test for it, to find out where they run, see that it is absent.
 */

export type GlobalClass = 'intrinsic' | 'replaced' | 'absent' | 'forbidden';

/** Pure functions, constructors and constants of the language, and the pure ones of the web platform. */
export const intrinsicGlobals: readonly string[] = [
  'AggregateError',
  'Array',
  'ArrayBuffer',
  'AsyncDisposableStack',
  'BigInt',
  'BigInt64Array',
  'BigUint64Array',
  'Boolean',
  'DOMException',
  'DataView',
  'DisposableStack',
  'Error',
  'EvalError',
  'Event',
  'EventTarget',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'Infinity',
  'Int16Array',
  'Int32Array',
  'Int8Array',
  'Intl',
  'Iterator',
  'JSON',
  'Map',
  'NaN',
  'Number',
  'Object',
  'Promise',
  'Proxy',
  'RangeError',
  'ReferenceError',
  'Reflect',
  'RegExp',
  'Set',
  'SharedArrayBuffer',
  'String',
  'SuppressedError',
  'Symbol',
  'SyntaxError',
  'TextDecoder',
  'TextEncoder',
  'TypeError',
  'URIError',
  'URL',
  'URLSearchParams',
  'Uint16Array',
  'Uint32Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'WeakMap',
  'WeakSet',
  'atob',
  'btoa',
  'decodeURI',
  'decodeURIComponent',
  'encodeURI',
  'encodeURIComponent',
  'escape',
  'isFinite',
  'isNaN',
  'parseFloat',
  'parseInt',
  'structuredClone',
  'undefined',
  'unescape',
];

/** Names whose values the executor supplies. */
export const replacedGlobals: readonly string[] = [
  'AbortController',
  'AbortSignal',
  'AsyncLocalStorage',
  'Date',
  'FinalizationRegistry',
  'Math',
  'WeakRef',
  'assert',
  'clearTimeout',
  'console',
  'crypto',
  'globalThis',
  'performance',
  'setTimeout',
];

/** Names that libraries test for to find out where they run. */
export const absentGlobals: readonly string[] = [
  'Bun',
  'Deno',
  'EdgeRuntime',
  'WorkerGlobalScope',
  '__dirname',
  '__filename',
  'define',
  'document',
  'exports',
  'global',
  'importScripts',
  'location',
  'module',
  'navigator',
  'process',
  'require',
  'self',
  'window',
];

/** Names with a remedy of their own. Any other unknown name is forbidden too. */
export const forbiddenGlobals: Readonly<Record<string, string>> = {
  Atomics: 'keep state in variables of the workflow; one run never executes in parallel with itself',
  Buffer: 'use Uint8Array, TextEncoder and TextDecoder, or atob and btoa',
  MessageChannel: 'use a Trigger or condition() from perdure/workflow',
  Temporal: 'use Date, or a date library, in workflow code',
  WebAssembly: 'move this work to an activity',
  WebSocket: 'move this work to an activity',
  XMLHttpRequest: 'move the request to an activity',
  caches: 'move this work to an activity',
  clearInterval: 'write a loop that awaits sleep() from perdure/workflow',
  clearImmediate: 'cancel the CancellationScope that the work runs in',
  Function: 'this host makes no functions from text; use what needs none, or do it in an activity',
  eval: 'workflow code cannot be made from text while it runs',
  fetch: 'move the request to an activity',
  queueMicrotask: 'use Promise.resolve().then(...)',
  requestAnimationFrame: 'use sleep() from perdure/workflow',
  scheduler: 'use sleep() from perdure/workflow',
  setImmediate: 'use Promise.resolve().then(...), or sleep() from perdure/workflow',
  setInterval: 'write a loop that awaits sleep() from perdure/workflow',
};

const classes: ReadonlyMap<string, GlobalClass> = new Map<string, GlobalClass>([
  ...intrinsicGlobals.map((name) => [name, 'intrinsic'] as const),
  ...replacedGlobals.map((name) => [name, 'replaced'] as const),
  ...absentGlobals.map((name) => [name, 'absent'] as const),
]);

/** What becomes of a free identifier. Names outside the table are forbidden (G4). */
export function classifyGlobal(name: string): GlobalClass {
  return classes.get(name) ?? 'forbidden';
}
