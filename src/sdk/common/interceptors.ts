import type { Payload } from './interfaces.ts';
import type { Any, AnyFunc, OmitLastParam } from './type-helpers.ts';

/** The rest of a chain of interceptors, as an interceptor's method gets it. */
export type Next<IF, FN extends keyof IF> = Required<IF>[FN] extends AnyFunc
  ? OmitLastParam<Required<IF>[FN]>
  : never;

/** Header fields by name. Interceptors write and read them; everyone else passes them on. */
export type Headers = Record<string, Payload>;

/**
 * Chains one method of several interceptors: the first is outermost, `next` comes last. `wrapNext` decorates each
 * continuation that an interceptor is handed.
 */
export function composeInterceptorsWith<I, M extends keyof I>(
  interceptors: readonly I[],
  method: M,
  next: Next<I, M>,
  wrapNext: (next: AnyFunc) => AnyFunc,
): Next<I, M> {
  const compose = (inner: AnyFunc, interceptor: I): AnyFunc => {
    if (interceptor?.[method] === undefined) return inner;
    const continuation = wrapNext(inner);
    // The name is what `cutoffStackTrace` knows these frames by. It is a call of a method, so that `this` is kept.
    return function interceptorNext(input: Any) {
      return (interceptor as Record<M, AnyFunc>)[method](input, continuation);
    };
  };
  // By induction each link has the signature of `next`.
  return interceptors.reduceRight(compose, next as AnyFunc) as Next<I, M>;
}

/** Chains one method of several interceptors: the first is outermost, `next` comes last. */
export function composeInterceptors<I, M extends keyof I>(
  interceptors: readonly I[],
  method: M,
  next: Next<I, M>,
): Next<I, M> {
  return composeInterceptorsWith(interceptors, method, next, (continuation) => continuation);
}
