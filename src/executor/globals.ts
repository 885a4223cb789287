/**
 * The globals that workflow code sees in place of the host's (NDE-5, DET-1, DET-5, TMR-6). One set serves all runs of an
 * isolate: its values look up the calling run, and they are frozen, so that no run can change what another sees.
 */
import assert from 'node:assert';
import { AsyncLocalStorage } from './async-local-storage.ts';
import { requireRun } from './context.ts';
import { DateForWorkflows } from './date.ts';
import { cryptoForWorkflows, mathForWorkflows, performanceForWorkflows } from './deterministic-values.ts';
import { DeterminismViolationError } from './errors.ts';
import { forbidden } from './forbidden.ts';
import { intrinsicGlobals } from './globals-table.ts';
import { writeLog } from './logs.ts';
import { clearTimeoutForWorkflows, setTimeoutForWorkflows } from './set-timeout.ts';
import type { BundleEnvironment } from './workflow-bundle.ts';

function unavailable(name: string): object {
  class Unavailable {
    constructor() {
      throw new DeterminismViolationError(
        `${name} cannot be used in Workflows because v8 GC is non-deterministic`,
      );
    }
  }
  return Object.freeze(Object.defineProperty(Unavailable, 'name', { value: name }));
}

/** A function of the host's that no run can put anything on; some of its properties may be others. */
function unchangeable<T extends object>(target: T, others: Readonly<Record<string, unknown>> = {}): T {
  return new Proxy(target, {
    get: (_, key) =>
      typeof key === 'string' && Object.hasOwn(others, key)
        ? others[key]
        : (Reflect.get(target, key) as unknown),
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  });
}

/** `AbortSignal.timeout` runs on the host's clock. */
const AbortSignalForWorkflows = unchangeable(AbortSignal, {
  timeout: () => forbidden('AbortSignal.timeout'),
});

const strictAssert = unchangeable(withPlainMessages(assert.strict));
const assertForWorkflows = unchangeable(withPlainMessages(assert), { strict: strictAssert });

/** Node says what was false by looking its source up, which in a bundle is not the author's, and on other hosts is not there. */
function withPlainMessages(original: typeof assert.strict | typeof assert): object {
  const ok = (...args: [value?: unknown, message?: string | Error]): void => {
    const [actual, message] = args;
    if (args.length > 0 && !actual && message === undefined)
      throw new assert.AssertionError({ actual, expected: true, operator: '==' });
    Reflect.apply(original.ok, original, args);
  };
  return Object.assign((...args: Parameters<typeof ok>) => ok(...args), original, { ok });
}

function logLine(level: 'trace' | 'debug' | 'info' | 'warn' | 'error') {
  return (...args: unknown[]): void => {
    const { workflowType, workflowId } = requireRun();
    writeLog(level, [`[${workflowType}(${workflowId})]`, ...args.map(describe)].join(' '));
  };
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.stack ?? String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

const consoleForWorkflows = Object.freeze({
  log: logLine('info'),
  info: logLine('info'),
  warn: logLine('warn'),
  error: logLine('error'),
  debug: logLine('debug'),
  trace: logLine('trace'),
});

const REPLACED: Readonly<Record<string, unknown>> = Object.freeze({
  Date: DateForWorkflows,
  Math: mathForWorkflows,
  crypto: cryptoForWorkflows,
  performance: performanceForWorkflows,
  setTimeout: setTimeoutForWorkflows,
  clearTimeout: clearTimeoutForWorkflows,
  console: consoleForWorkflows,
  AbortController: unchangeable(AbortController),
  AbortSignal: AbortSignalForWorkflows,
  AsyncLocalStorage,
  assert: assertForWorkflows,
  WeakRef: unavailable('WeakRef'),
  FinalizationRegistry: unavailable('FinalizationRegistry'),
  // Libraries keep a reference to it in tables of what the language has, and never call it.
  eval: Object.freeze(() => forbidden('eval')),
});

const host: Readonly<Record<string, unknown>> = globalThis;
/** What a run's `globalThis` begins with. */
const GLOBAL_OBJECT: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(intrinsicGlobals.filter((name) => name in host).map((name) => [name, host[name]])),
  ...REPLACED,
};

/** The surroundings of one run's modules: shared values, and a global object of its own. */
export function createEnvironment(modules: Readonly<Record<string, unknown>>): BundleEnvironment {
  const globalObject: Record<string, unknown> = { ...GLOBAL_OBJECT };
  globalObject.globalThis = globalObject;
  return { globals: { ...REPLACED, globalThis: globalObject }, forbidden, modules };
}
