/** Nexus tasks of a worker: run by the handlers of its services, and answered by token. */
import type { Gateway, ResponseOf } from '../client/calls/index.ts';
import { isGrpcServiceError } from '../client/errors.ts';
import { grpcStatus } from '../client/rpc-error.ts';
import { CancelledFailure } from '../common/failure.ts';
import { type NexusOutcome, type NexusWorker, runNexusRequest, timeoutOf } from '../nexus/nexus-runner.ts';

export type PolledNexusTask = ResponseOf<'pollNexusTaskQueue'>;

export interface NexusTasksOptions {
  gateway: Gateway;
  worker: NexusWorker;
  identity: string;
}

/** Of a request that names none. */
const REQUEST_TIMEOUT_MS = 10_000;

export class NexusTasks {
  readonly #options: NexusTasksOptions;
  readonly #running = new Set<AbortController>();

  constructor(options: NexusTasksOptions) {
    this.#options = options;
  }

  /** Tells all handlers that the worker is shutting down. */
  cancelAll(): void {
    for (const controller of this.#running) controller.abort(new CancelledFailure('WORKER_SHUTDOWN'));
  }

  /** Never rejects: a request whose answer cannot be reported is made again by the server. */
  async handle({ taskToken = new Uint8Array(), request = {} }: PolledNexusTask): Promise<void> {
    const { worker } = this.#options;
    const controller = new AbortController();
    this.#running.add(controller);
    const timeoutMs = timeoutOf(request.header?.['request-timeout']) ?? REQUEST_TIMEOUT_MS;
    const timer = setTimeout(() => controller.abort(new CancelledFailure('TIMED_OUT')), timeoutMs);
    try {
      await this.#report(taskToken, await runNexusRequest(worker, request, controller.signal));
    } catch (error) {
      // The request was given up meanwhile, or its workflow has closed.
      if (isGrpcServiceError(error) && error.code === grpcStatus.NOT_FOUND) return;
      const { service, operation } = request.startOperation ?? request.cancelOperation ?? {};
      worker.logger.warn('Failed to report the outcome of a Nexus operation', { service, operation, error });
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }

  async #report(taskToken: Uint8Array, outcome: NexusOutcome): Promise<void> {
    const { gateway, worker, identity } = this.#options;
    const about = { namespace: worker.namespace, taskToken, identity };
    if (outcome.kind === 'handlerFailed') {
      worker.logger.debug('A Nexus request was refused', { failure: outcome.failure.message });
      await gateway.respondNexusTaskFailed({ ...about, failure: outcome.failure });
      return;
    }
    await gateway.respondNexusTaskCompleted({ ...about, response: responseOf(outcome) });
  }
}

function responseOf(outcome: Exclude<NexusOutcome, { kind: 'handlerFailed' }>) {
  switch (outcome.kind) {
    case 'cancelled':
      return { cancelOperation: {} };
    case 'sync':
      return { startOperation: { syncSuccess: { payload: outcome.payload, links: outcome.links } } };
    case 'async': {
      const { operationToken, links } = outcome;
      return { startOperation: { asyncSuccess: { operationToken, links } } };
    }
    case 'operationFailed':
      return { startOperation: { failure: outcome.failure } };
  }
}
