/**
 * Sees to it, in development, that workflow code leaves the language's own objects as they are: they are shared by all runs of
 * the isolate and by the runtime itself. A change is undone and fails the task.
 */
import { type DeterminismViolationError, nondeterminismError } from './errors.ts';
import { intrinsicGlobals } from './globals-table.ts';

const NAMES = [...intrinsicGlobals, 'Date', 'Function', 'Math'];

interface Guarded {
  readonly path: string;
  readonly object: object;
  readonly descriptors: ReadonlyMap<PropertyKey, PropertyDescriptor>;
}

function snapshot(path: string, object: object): Guarded {
  const keys = Reflect.ownKeys(object);
  const descriptors = keys.flatMap((key) => {
    const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
    return descriptor ? [[key, descriptor] as const] : [];
  });
  return { path, object, descriptors: new Map(descriptors) };
}

function isSame(a: PropertyDescriptor | undefined, b: PropertyDescriptor | undefined): boolean {
  return (
    a !== undefined && b !== undefined && Object.is(a.value, b.value) && a.get === b.get && a.set === b.set
  );
}

/** Properties that tools and engines set for purposes of their own. */
const VOLATILE: ReadonlySet<string> = new Set(['Error.prepareStackTrace', 'Error.stackTraceLimit']);

export class IntrinsicsGuard {
  readonly #guarded: readonly Guarded[];

  constructor() {
    const global: Readonly<Record<string, unknown>> = globalThis;
    this.#guarded = NAMES.flatMap((name) => {
      const value = global[name];
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return [];
      const prototype: unknown = typeof value === 'function' ? value.prototype : undefined;
      const own = snapshot(name, value);
      return typeof prototype === 'object' && prototype !== null
        ? [own, snapshot(`${name}.prototype`, prototype)]
        : [own];
    });
  }

  /** The error for the first change since the guard was made, which is undone; undefined when there is none. */
  check(): DeterminismViolationError | undefined {
    const changed = this.#guarded.flatMap((guarded) => restore(guarded));
    if (changed.length === 0) return undefined;
    return nondeterminismError(
      `Workflow code changed ${changed.join(', ')}. The language's own objects are shared by all runs: use functions of your own instead.`,
    );
  }
}

/** Undoes changes; gives the paths of the changed properties. RegExp's statics are left alone: matching changes them. */
function restore({ path, object, descriptors }: Guarded): string[] {
  if (path === 'RegExp') return [];
  const changed: string[] = [];
  for (const key of Reflect.ownKeys(object)) {
    if (descriptors.has(key) || VOLATILE.has(`${path}.${String(key)}`)) continue;
    Reflect.deleteProperty(object, key);
    changed.push(`${path}.${String(key)}`);
  }
  for (const [key, descriptor] of descriptors) {
    if (VOLATILE.has(`${path}.${String(key)}`)) continue;
    if (isSame(Reflect.getOwnPropertyDescriptor(object, key), descriptor)) continue;
    Reflect.defineProperty(object, key, descriptor);
    changed.push(`${path}.${String(key)}`);
  }
  return changed;
}
