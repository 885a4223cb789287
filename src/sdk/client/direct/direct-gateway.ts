/** The service itself: every call checked, and carried to the object that answers it. Routes and the in-Worker client share it. */
import {
  CALLS,
  type CallName,
  type CallOptions,
  type Gateway,
  type RequestOf,
  type ResponseOf,
} from '../calls/index.ts';
import { RpcError } from '../rpc-error.ts';
import { activityControlService } from './activity-control-service.ts';
import { activityService } from './activity-service.ts';
import { batchService } from './batch-service.ts';
import { deploymentService } from './deployment-service.ts';
import { historyService } from './history-service.ts';
import { namespaceService } from './namespace-service.ts';
import { nexusEndpointService } from './nexus-endpoint-service.ts';
import { nexusTaskService } from './nexus-task-service.ts';
import { scheduleService } from './schedule-service.ts';
import { standaloneActivityService } from './standalone-activity-service.ts';
import { standaloneNexusService } from './standalone-nexus-service.ts';
import { startService } from './start-service.ts';
import { systemService } from './system-service.ts';
import { updateService } from './update-service.ts';
import { checkRequest } from './validate.ts';
import { type VisibilityServiceOptions, visibilityService } from './visibility-service.ts';
import { type WorkerServiceOptions, workerService } from './worker-service.ts';
import { workflowService } from './workflow-service.ts';

/** What the host's timers can hold; longer ones would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Where everything is that the service answers from. */
export type GatewayOptions = WorkerServiceOptions & VisibilityServiceOptions;

export function directGateway(options: GatewayOptions): Gateway {
  const service: Gateway = {
    ...startService(options),
    ...workflowService(options),
    ...updateService(options),
    ...historyService(options),
    ...activityService(options),
    ...activityControlService(options),
    ...standaloneActivityService(options),
    ...standaloneNexusService(options),
    ...scheduleService(options),
    ...visibilityService(options),
    ...batchService(options),
    ...namespaceService(options),
    ...systemService(options),
    ...workerService(options),
    ...nexusEndpointService(options),
    ...nexusTaskService(options),
    ...deploymentService(options),
  };
  const names = Object.keys(CALLS) as CallName[];
  return Object.fromEntries(names.map((name) => [name, checked(service, name, options)])) as Gateway;
}

function checked<Name extends CallName>(service: Gateway, name: Name, limits: WorkerServiceOptions) {
  // `Gateway` pairs each name with its own request and response, which TypeScript does not follow through an index.
  const call = service[name] as (
    request: RequestOf<Name>,
    options?: CallOptions,
  ) => Promise<ResponseOf<Name>>;
  return async (request: RequestOf<Name>, options: CallOptions = {}): Promise<ResponseOf<Name>> => {
    checkRequest(CALLS[name].request, request as object, limits.payloadBytesMax);
    return bounded(call(request, options), options);
  };
}

/** Leaves a call at its deadline or when its caller aborts. What it has set in motion goes on. */
async function bounded<T>(work: Promise<T>, { signal, deadline }: CallOptions): Promise<T> {
  if (!signal && deadline === undefined) return work;
  // Once the caller has left, nobody else hears how it ended.
  work.catch(() => undefined);
  let stop: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    const cancel = () => reject(new RpcError('CANCELLED', 'Cancelled on client'));
    const timer =
      deadline === undefined
        ? undefined
        : setTimeout(
            () => reject(new RpcError('DEADLINE_EXCEEDED', 'Deadline exceeded')),
            Math.min(deadline - Date.now(), TIMER_MAX_MS),
          );
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    };
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    stop();
  }
}
