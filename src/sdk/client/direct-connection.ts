import { BaseConnection } from './base-connection.ts';
import { directGateway } from './direct/direct-gateway.ts';
import type { ScheduleServiceOptions } from './direct/schedule-service.ts';

export type DirectConnectionOptions = ScheduleServiceOptions;

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
