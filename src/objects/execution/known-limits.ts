/** The limits of an object's workflow: the server's, within what is known of its namespace. */
import type { EngineLimits } from '../../engine/api.ts';
import { limitsWithin, type NamespaceLimits } from '../namespace/namespace-limits.ts';
import type { LogSink } from '../object-options.ts';
import type { ObjectStubs } from '../ports.ts';
import type { NamespaceConfig } from './workflow-execution-api.ts';

interface KnownLimitsOptions {
  limits: EngineLimits;
  stubs: Pick<ObjectStubs, 'namespaceSettings'>;
  log: LogSink;
}

export class KnownLimits {
  readonly #options: KnownLimitsOptions;
  #ofNamespace: NamespaceLimits | undefined;

  constructor(options: KnownLimitsOptions) {
    this.#options = options;
  }

  /** What the caller's isolate knows of the namespace holds from the next turn on. */
  heardOf({ limits }: NamespaceConfig): void {
    this.#ofNamespace = limits;
  }

  get current(): EngineLimits {
    return limitsWithin(this.#options.limits, this.#ofNamespace);
  }

  /** An object that its alarm has loaded has no caller who knows. Without an answer the server's own limits hold. */
  async learn(namespace: string): Promise<void> {
    if (this.#ofNamespace !== undefined) return;
    const { stubs, log } = this.#options;
    try {
      this.#ofNamespace = (await stubs.namespaceSettings?.(namespace))?.limits;
    } catch (error) {
      log('WARN', 'The limits of a namespace could not be read', { namespace, error });
    }
  }
}
