import { type CallContext, CallContexts } from './call-context.ts';
import type { CallName, CallOptions, Gateway } from './calls/index.ts';
import type { ConnectionPlugin } from './connection-options.ts';
import type { ConnectionLike, Metadata } from './types.ts';
import {
  type HealthService,
  healthServiceOf,
  type OperatorService,
  operatorServiceOf,
  protoService,
  type WorkflowService,
} from './workflow-service.ts';

/** What connections have in common, whatever they lead to. */
export abstract class BaseConnection implements ConnectionLike {
  readonly gateway: Gateway;
  readonly workflowService: WorkflowService;
  readonly operatorService: OperatorService;
  readonly healthService: HealthService;
  readonly plugins: ConnectionPlugin[];
  protected readonly contexts: CallContexts = new CallContexts();
  #isClosed = false;

  protected constructor(gateway: Gateway, plugins: ConnectionPlugin[] = []) {
    this.gateway = withContext(gateway, () => {
      if (this.#isClosed) throw new Error('Channel has been shut down');
      return this.contexts.current();
    });
    this.workflowService = protoService(this.gateway);
    this.operatorService = operatorServiceOf(this.workflowService);
    this.healthService = healthServiceOf(this.gateway);
    this.plugins = plugins;
  }

  abstract ensureConnected(): Promise<void>;

  /** Calls made by `fn` fail with DEADLINE_EXCEEDED past this moment: a `Date`, or milliseconds since the epoch. */
  async withDeadline<ReturnType>(
    deadline: number | Date,
    fn: () => Promise<ReturnType>,
  ): Promise<ReturnType> {
    return await this.contexts.run({ deadline }, fn);
  }

  /** Calls made by `fn` fail with CANCELLED when the signal is aborted. */
  async withAbortSignal<ReturnType>(
    abortSignal: AbortSignal,
    fn: () => Promise<ReturnType>,
  ): Promise<ReturnType> {
    return await this.contexts.run({ abortSignal }, fn);
  }

  /** Calls made by `fn` carry these headers, besides those of enclosing scopes. */
  async withMetadata<ReturnType>(metadata: Metadata, fn: () => Promise<ReturnType>): Promise<ReturnType> {
    return await this.contexts.run({ metadata }, fn);
  }

  /** Calls made by `fn` use this key. */
  async withApiKey<ReturnType>(apiKey: string, fn: () => Promise<ReturnType>): Promise<ReturnType> {
    return await this.withMetadata({ authorization: `Bearer ${apiKey}` }, fn);
  }

  /** From now on calls reject. Those under way go on: requests hold no connection of their own. */
  async close(): Promise<void> {
    this.#isClosed = true;
  }
}

/** The calls with what holds for the scope they are made in. */
function withContext(gateway: Gateway, current: () => CallContext): Gateway {
  const entries = (Object.keys(gateway) as CallName[]).map((name) => {
    const call = gateway[name] as (request: object, options: CallOptions) => Promise<unknown>;
    return [
      name,
      async (request: object, options?: CallOptions) => call(request, withinContext(current(), options)),
    ];
  });
  // The entries are those of `gateway`, called with the same requests.
  return Object.fromEntries(entries) as Gateway;
}

/** The options of a call that is made within a context. */
export function withinContext(
  { deadline, abortSignal, metadata }: CallContext,
  options: CallOptions = {},
): CallOptions {
  return {
    ...(deadline === undefined ? {} : { deadline: Number(deadline) }),
    ...(abortSignal ? { signal: abortSignal } : {}),
    ...(metadata ? { metadata: asHeaders(metadata) } : {}),
    ...options,
  };
}

export function asHeaders(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? value : new TextDecoder().decode(value),
    ]),
  );
}
