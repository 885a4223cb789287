import { BaseConnection } from './base-connection.ts';
import { directGateway } from './direct/direct-gateway.ts';
import type { DirectServiceOptions } from './direct/service.ts';
import type { VisibilityServiceOptions } from './direct/visibility-service.ts';

export type DirectConnectionOptions = DirectServiceOptions & VisibilityServiceOptions;

/**
 * From inside the Worker straight to the objects: no HTTP, no keys.
 *
 * ```ts
 * const client = new Client({ connection: new DirectConnection({ executions, namespaces }) });
 * ```
 */
export class DirectConnection extends BaseConnection {
  constructor(options: DirectConnectionOptions) {
    super(directGateway(options));
  }

  /** There is nothing to connect to. */
  async ensureConnected(): Promise<void> {}
}
