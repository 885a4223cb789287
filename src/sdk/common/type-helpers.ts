/** Small types and type guards that the public API is made of. */

/**
 * Temporal's public types say `any` wherever a user's function or value stands, so that inference goes through it; code
 * written against them only type-checks the same if these say it too. Everything else says `unknown`.
 */
// biome-ignore lint/suspicious/noExplicitAny: the one place where Temporal's public `any` comes from.
export type Any = any;

export type AnyFunc = (...args: Any[]) => Any;
/** A tuple without its last element. */
export type OmitLast<T> = T extends [...infer Rest, Any] ? Rest : never;
/** A function with all arguments but the last. */
export type OmitLastParam<F extends AnyFunc> = (...args: OmitLast<Parameters<F>>) => ReturnType<F>;
export type OmitFirst<T> = T extends [Any, ...infer Rest] ? Rest : never;
export type OmitFirstParam<T> = T extends AnyFunc
  ? (...args: OmitFirst<Parameters<T>>) => ReturnType<T>
  : never;
/** `T` with at least one of the given members set. */
export type RequireAtLeastOne<T, Keys extends keyof T = keyof T> = Pick<T, Exclude<keyof T, Keys>> &
  { [K in Keys]-?: Required<Pick<T, K>> & Partial<Pick<T, Exclude<Keys, K>>> }[Keys];
export type Replace<Base, New> = Omit<Base, keyof New> & New;
export type NonNullableObject<T> = { [P in keyof T]-?: NonNullable<T[P]> };

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Whether a value has the shape of an error: errors of other realms and copies count. */
export function isError(error: unknown): error is Error {
  return (
    isRecord(error) &&
    typeof error.name === 'string' &&
    typeof error.message === 'string' &&
    (error.stack === undefined || error.stack === null || typeof error.stack === 'string')
  );
}

export function isAbortError(error: unknown): error is Error & { name: 'AbortError' } {
  return isError(error) && error.name === 'AbortError';
}

/**
 * The message of an error, or a string itself; else undefined.
 *
 * @deprecated Meant for internal use only.
 */
export function errorMessage(error: unknown): string | undefined {
  if (isError(error)) return error.message;
  return typeof error === 'string' ? error : undefined;
}

/**
 * The `code` of an error, if it is a string.
 *
 * @deprecated Meant for internal use only.
 */
export function errorCode(error: unknown): string | undefined {
  return isRecord(error) && typeof error.code === 'string' ? error.code : undefined;
}

export function assertNever(message: string, value: never): never {
  throw new TypeError(`${message}: ${value}`);
}

/** The object without the members that are undefined. Messages in memory leave out what is unset. */
export function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // Sound for readers: a member that is left out reads as undefined, which its optional type in the target allows.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

export interface Class<E extends Error> {
  new (...args: Any[]): E;
  readonly prototype: E;
}

/**
 * Brands an error class, so that `instanceof` holds between two copies of this library and across realms: the class's
 * prototype carries its name and the symbol `Symbol.for('__temporal_is' + name)`, and `instanceof` looks for that symbol.
 * A subclass that is not branded itself falls back to the ordinary prototype check; else every instance of its parent
 * would pass for one.
 *
 * ```ts
 * class QuotaError extends Error {
 *   static {
 *     SymbolBasedInstanceOfError('QuotaError')(QuotaError);
 *   }
 * }
 * ```
 */
export function SymbolBasedInstanceOfError<E extends Error>(markerName: string): (clazz: Class<E>) => void {
  return (clazz) => {
    const marker = Symbol.for(`__temporal_is${markerName}`);
    Object.defineProperty(clazz.prototype, 'name', { value: markerName, enumerable: true });
    Object.defineProperty(clazz.prototype, marker, { value: true, enumerable: false });
    Object.defineProperty(clazz, Symbol.hasInstance, {
      value(this: Class<Error>, error: unknown): boolean {
        if (this !== clazz)
          return isRecord(error) && Object.prototype.isPrototypeOf.call(this.prototype, error);
        return isRecord(error) && Reflect.get(error, marker) === true;
      },
    });
  };
}
