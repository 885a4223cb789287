/**
 * The fixed code of a bundle: what stands around the workflows' modules. Everything here runs outside of them and sees the
 * host's globals; names start with `$` and avoid every name of the workflows.
 */

import { intrinsicGlobals } from '../executor/globals-table.ts';

/** Names of the generated code, made unique against those of the workflows. */
export interface GeneratedNames {
  readonly fuel: string;
  readonly strict: string;
  readonly lenient: string;
  readonly environment: string;
  readonly makeShared: string;
  readonly makeRun: string;
  readonly namesOf: string;
  readonly functionOf: string;
  readonly sharedGlobal: string;
  /** The `globalThis` of the modules that all runs share. */
  readonly object: string;
  readonly ignored: string;
  readonly missing: string;
}

export function generatedNames(taken: ReadonlySet<string>): GeneratedNames {
  const free = (base: string): string => {
    let name = base;
    for (let number = 2; taken.has(name); number += 1) {
      name = `${base}${number}`;
    }
    return name;
  };
  return {
    fuel: free('$fuel'),
    strict: free('$strict'),
    lenient: free('$lenient'),
    environment: free('$environment'),
    makeShared: free('$makeShared'),
    makeRun: free('$makeRun'),
    namesOf: free('$namesOf'),
    functionOf: free('$functionOf'),
    sharedGlobal: free('$sharedGlobal'),
    object: free('$object'),
    ignored: free('$ignored'),
    missing: free('$missing'),
  };
}

/** `remaining` starts at the largest integer that V8 keeps unboxed. */
const fuelStart = 2 ** 30 - 1;

export function preludeSource(names: GeneratedNames): string {
  return `const ${names.fuel} = { remaining: ${fuelStart}, refill: () => { ${names.fuel}.remaining = ${fuelStart}; } };
function ${names.namesOf}(environment, globalObject, isStrict) {
  const names = Object(globalObject);
  const forbid = (_, name) => environment.forbidden(String(name));
  return new Proxy(Object.create(null), {
    get: (_, name) => (name in names ? names[name] : isStrict ? forbid(_, name) : undefined),
    set: forbid,
    deleteProperty: forbid,
  });
}
function ${names.functionOf}(environment, globalObject) {
  if (Object.hasOwn(globalObject, "Function")) return globalObject.Function;
  const compile = (parameters, body) => {
    const scope = new Proxy(Object.create(null), {
      has: (_, name) => typeof name === "string" && (name in globalObject || name in globalThis),
      get: (_, name) => globalObject[name],
      set: (_, name, value) => Reflect.set(globalObject, name, value),
    });
    try {
      return Function("$scope", "with ($scope) { return function anonymous(" + parameters + "\\n) {\\n" + body + "\\n} }")(scope);
    } catch (error) {
      if (error instanceof EvalError) environment.forbidden("Function");
      throw error;
    }
  };
  const generate = (texts) => {
    const body = String(texts.at(-1) ?? "");
    if (texts.length === 1 && body === "return this") return () => globalObject;
    const made = compile(texts.slice(0, -1).join(","), body);
    return function anonymous(...args) {
      return new.target ? Reflect.construct(made, args) : Reflect.apply(made, this ?? globalObject, args);
    };
  };
  const value = new Proxy(Function, { apply: (_, self, texts) => generate(texts), construct: (_, texts) => generate(texts) });
  Object.defineProperty(globalObject, "Function", { value, writable: true, configurable: true });
  return value;
}
function ${names.sharedGlobal}(environment) {
  const globalObject = { ...environment.globals };
  for (const name of ${JSON.stringify(intrinsicGlobals)}) {
    globalObject[name] = globalThis[name];
  }
  globalObject.globalThis = globalObject;
  return globalObject;
}
function ${names.ignored}(module) {
  const refuse = (_, property) => {
    if (typeof property === "symbol" || property === "__esModule" || property === "then") {
      return undefined;
    }
    throw new Error("'" + module + "' is listed in ignoreModules and so is not in the workflow bundle, but '" + property + "' of it was used");
  };
  const inherited = new Proxy(Object.create(null), { get: refuse });
  return new Proxy(Object.create(null), { get: refuse, getPrototypeOf: () => inherited });
}
function ${names.missing}(module, name) {
  throw new SyntaxError("'" + module + "' does not export '" + name + "'");
}`;
}

/**
 * The functions of the bundle object. A scope holds one run's modules; a workflow, its interceptors and its converters
 * share one, however they are asked for, and asking again for the same makes a new one. Modules shared by all runs are
 * given up when loading fails, since they may be half done.
 */
export function accessSource(names: GeneratedNames): string {
  return `const $bundleFuel = ${names.fuel};
let $shared;
const $scopes = new WeakMap();
function $scopeFor(environment, use) {
  let scope = $scopes.get(environment);
  if (!scope || scope.used & use) {
    $shared ??= ${names.makeShared}(environment);
    scope = { modules: $shared(environment), used: 0 };
    $scopes.set(environment, scope);
  }
  scope.used |= use;
  return scope.modules;
}
function $load(load) {
  try {
    return load();
  } catch (error) {
    $shared = undefined;
    throw error;
  }
}
function $instantiate(environment, workflowType) {
  const { workflows, open } = $scopeFor(environment, 1);
  const own = workflows[workflowType] && $load(workflows[workflowType]);
  if (typeof own?.[workflowType] === "function") {
    return own;
  }
  const further = open.map($load);
  const exporting = (name) => further.find((exports) => typeof exports?.[name] === "function" && Object.hasOwn(exports, name));
  return exporting(workflowType) ?? (workflows.default ? $load(workflows.default) : exporting("default") ?? own);
}
function $instantiateInterceptors(environment) {
  return $scopeFor(environment, 2).extras.interceptors.map($load);
}
function $instantiateConverters(environment) {
  const { payloadConverter, failureConverter } = $scopeFor(environment, 4).extras;
  return {
    payloadConverter: payloadConverter && $load(payloadConverter).payloadConverter,
    failureConverter: failureConverter && $load(failureConverter).failureConverter,
  };
}`;
}
