import * as otel from '@opentelemetry/api';
import { runWithTraceContext, traceContextOf } from 'perdure/workflow/lib/tracing';

/** Carries OpenTelemetry's context along the asynchronous calls of one run, and of no other. */
export class ContextManager implements otel.ContextManager {
  #isEnabled = true;

  active(): otel.Context {
    // What this object has put there is a context.
    const context = this.#isEnabled ? (traceContextOf(this) as otel.Context | undefined) : undefined;
    return context ?? otel.ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: otel.Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return runWithTraceContext(this, context, () => Reflect.apply(fn, thisArg, args) as ReturnType<F>);
  }

  bind<T>(context: otel.Context, target: T): T {
    if (typeof target !== 'function') {
      throw new TypeError(`Only function binding is supported, got ${typeof target}`);
    }
    const { with: run } = this;
    const manager = this;
    function bound(this: unknown, ...args: unknown[]): unknown {
      return run.call(manager, context, () =>
        Reflect.apply(target as (...all: unknown[]) => unknown, this, args),
      );
    }
    Object.defineProperty(bound, 'length', { value: target.length, configurable: true });
    // It takes and gives what the target does.
    return bound as T;
  }

  enable(): this {
    this.#isEnabled = true;
    return this;
  }

  disable(): this {
    this.#isEnabled = false;
    return this;
  }
}
