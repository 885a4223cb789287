/**
 * Runs the handler of a Nexus request. Where the request came from, and where the outcome goes, is somebody else's.
 *
 * H1 A handler's outcome is data: nothing that it throws gets out.
 */
import type * as nexus from 'nexus-rpc';
import type { Client } from '../client/client.ts';
import {
  decodeFromPayloadsAtIndex,
  encodeErrorToFailure,
  encodeToPayload,
} from '../common/converter/codec-helpers.ts';
import type { LoadedDataConverter } from '../common/converter/data-converter.ts';
import { ApplicationFailure } from '../common/failure.ts';
import { composeInterceptors } from '../common/interceptors.ts';
import { type Logger, LoggerWithComposedMetadata, SdkComponent } from '../common/logger.ts';
import { type MetricMeter, MetricMeterWithComposedTags } from '../common/metrics.ts';
import { isNexusHandlerError, NexusHandlerError } from '../common/nexus-handler-error.ts';
import type { NexusLink } from '../common/nexus-links.ts';
import type { TypeInfo } from '../common/type-info.ts';
import type { Failure, Payload } from '../common/wire/messages.ts';
import type { WireNexusRequest } from '../common/wire/nexus-requests.ts';
import { asyncLocalStorage, type HandlerContext } from './context.ts';
import { failureOfOperationError, handlerErrorOf, isOperationError } from './handler-errors.ts';
import type {
  NexusCancelOperationInput,
  NexusInterceptors,
  NexusInterceptorsFactory,
  NexusStartOperationInput,
} from './interceptors.ts';

/** Who serves operations. */
export interface NexusWorker {
  namespace: string;
  taskQueue: string;
  /** By the name of the service. */
  // biome-ignore lint/suspicious/noExplicitAny: services are the user's.
  services: ReadonlyMap<string, nexus.ServiceHandler<any>>;
  dataConverter: LoadedDataConverter;
  interceptors: readonly NexusInterceptorsFactory[];
  logger: Logger;
  metricMeter: MetricMeter;
  client(): Client;
}

export type NexusOutcome =
  | { kind: 'sync'; payload: Payload; links: NexusLink[] }
  | { kind: 'async'; operationToken: string; links: NexusLink[] }
  | { kind: 'cancelled' }
  /** The operation ended without a result. */
  | { kind: 'operationFailed'; failure: Failure }
  /** The handler could not do its work. */
  | { kind: 'handlerFailed'; failure: Failure };

/** H1. The signal is aborted when nobody waits for the outcome any more. */
export async function runNexusRequest(
  worker: NexusWorker,
  request: WireNexusRequest,
  signal: AbortSignal,
): Promise<NexusOutcome> {
  try {
    const context = operationContext(request, signal);
    const interceptors = interceptorsOf(worker, context);
    const handlerContext = handlerContextOf(worker, request, context, interceptors);
    return await asyncLocalStorage.run(handlerContext, () =>
      request.startOperation === undefined
        ? cancel(worker, request, context, interceptors)
        : start(worker, request, context, interceptors),
    );
  } catch (error) {
    const { dataConverter } = worker;
    if (isOperationError(error))
      return {
        kind: 'operationFailed',
        failure: await encodeErrorToFailure(dataConverter, failureOfOperationError(error)),
      };
    return {
      kind: 'handlerFailed',
      failure: await encodeErrorToFailure(dataConverter, handlerErrorOf(error)),
    };
  }
}

interface Interceptors {
  inbound: NonNullable<NexusInterceptors['inbound']>[];
  outbound: NonNullable<NexusInterceptors['outbound']>[];
}

function interceptorsOf({ interceptors }: NexusWorker, context: nexus.OperationContext): Interceptors {
  const made = interceptors.map((factory) => factory(context));
  return {
    inbound: made.flatMap(({ inbound }) => inbound ?? []),
    outbound: made.flatMap(({ outbound }) => outbound ?? []),
  };
}

function operationContext(request: WireNexusRequest, abortSignal: AbortSignal): nexus.OperationContext {
  const { service, operation } = request.startOperation ?? request.cancelOperation ?? {};
  if (!service || !operation)
    throw new NexusHandlerError(
      'NOT_IMPLEMENTED',
      'The request is neither to start nor to cancel an operation',
      {},
    );
  const headers = headersOf(request.header);
  const timeoutMs = timeoutOf(headers['request-timeout']);
  return {
    service,
    operation,
    headers,
    abortSignal,
    ...(timeoutMs !== undefined && { requestDeadline: new Date(Date.now() + timeoutMs) }),
  };
}

/** Names of headers are known whatever their case. */
function headersOf(header: Record<string, string> = {}): Record<string, string> {
  const lower = Object.entries(header).map(([name, value]) => [name.toLowerCase(), value] as const);
  return new Proxy(Object.fromEntries(lower), {
    get: (target, name) => (typeof name === 'string' ? target[name.toLowerCase()] : undefined),
  });
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds; undefined for what is no duration. */
export function timeoutOf(text: string | undefined): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text ?? '') ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 1);
}

function handlerContextOf(
  worker: NexusWorker,
  { endpoint = '' }: WireNexusRequest,
  { service, operation }: nexus.OperationContext,
  { outbound }: Interceptors,
): HandlerContext {
  const { namespace, taskQueue } = worker;
  const attributes = { namespace, taskQueue, service, operation };
  const log = LoggerWithComposedMetadata.compose(worker.logger, () =>
    composeInterceptors(outbound, 'getLogAttributes', (input) => input)({ ...attributes }),
  );
  return {
    log: LoggerWithComposedMetadata.compose(log, { sdkComponent: SdkComponent.nexus }),
    metrics: MetricMeterWithComposedTags.compose(worker.metricMeter, () =>
      composeInterceptors(outbound, 'getMetricTags', (input) => input)({ ...attributes }),
    ),
    client: worker.client(),
    namespace,
    taskQueue,
    endpoint,
  };
}

interface CompiledHandler {
  inputType?: TypeInfo;
  outputType?: TypeInfo;
  start(
    ctx: nexus.StartOperationContext,
    input: unknown,
  ): Promise<nexus.HandlerStartOperationResult<unknown>>;
  cancel(ctx: nexus.CancelOperationContext, token: string): Promise<void>;
}

function handlerOf(
  { services }: NexusWorker,
  { service, operation }: nexus.OperationContext,
): CompiledHandler {
  const found = services.get(service);
  if (found === undefined) {
    const known = [...services.keys()].join(', ');
    throw new NexusHandlerError(
      'NOT_FOUND',
      `No service '${service}' is served here; there are: ${known}`,
      {},
    );
  }
  // Sound: what a service's handlers take and give only its definition knows.
  return found.getOperationHandler(operation) as unknown as CompiledHandler;
}

async function start(
  worker: NexusWorker,
  { startOperation }: WireNexusRequest,
  context: nexus.OperationContext,
  { inbound }: Interceptors,
): Promise<NexusOutcome> {
  const handler = handlerOf(worker, context);
  const input = await inputOf(worker, startOperation?.payload, handler.inputType);
  const ctx: nexus.StartOperationContext = {
    ...context,
    requestId: startOperation?.requestId ?? '',
    inboundLinks: inboundLinks(worker, startOperation?.links),
    outboundLinks: [],
    ...(startOperation?.callback && { callbackUrl: startOperation.callback }),
    ...(startOperation?.callbackHeader && { callbackHeaders: startOperation.callbackHeader }),
  };
  const call = composeInterceptors(inbound, 'startOperation', async (next: NexusStartOperationInput) => ({
    result: await handler.start(next.ctx, next.input),
  }));
  const { result } = await call({ ctx, input });
  const links = ctx.outboundLinks.map(({ url, type }) => ({ url: `${url}`, type }));
  if (result.isAsync) return { kind: 'async', operationToken: result.token, links };
  const { dataConverter } = worker;
  return {
    kind: 'sync',
    payload: await encodeToPayload(dataConverter, result.value, undefined, handler.outputType),
    links,
  };
}

/** What is no address is left out: the operation does not depend on it. */
function inboundLinks(
  { logger }: NexusWorker,
  links: readonly Partial<NexusLink>[] = [],
): nexus.StartOperationContext['inboundLinks'] {
  return links.flatMap(({ url = '', type = '' }) => {
    if (URL.canParse(url)) return { url: new URL(url), type };
    logger.warn('A link of the caller is no address', { url, type });
    return [];
  });
}

async function cancel(
  worker: NexusWorker,
  { cancelOperation }: WireNexusRequest,
  context: nexus.OperationContext,
  { inbound }: Interceptors,
): Promise<NexusOutcome> {
  const handler = handlerOf(worker, context);
  const token = cancelOperation?.operationToken || cancelOperation?.operationId;
  if (!token) throw new NexusHandlerError('BAD_REQUEST', 'The request names no operation to cancel', {});
  const call = composeInterceptors(inbound, 'cancelOperation', async (next: NexusCancelOperationInput) =>
    handler.cancel(next.ctx, next.token),
  );
  await call({ ctx: context, token });
  return { kind: 'cancelled' };
}

/** What cannot be read is the caller's error; what cannot be decoded may be a codec that is down. */
async function inputOf(
  { dataConverter }: NexusWorker,
  payload: Payload | undefined,
  typeInfo: TypeInfo | undefined,
): Promise<unknown> {
  if (payload === undefined) return undefined;
  try {
    return await decodeFromPayloadsAtIndex(dataConverter, 0, [payload], undefined, typeInfo);
  } catch (error) {
    if (error instanceof ApplicationFailure || isNexusHandlerError(error)) throw error;
    const cause = error instanceof Error ? error : new Error(String(error));
    throw new NexusHandlerError('BAD_REQUEST', 'The input of the operation cannot be read', { cause });
  }
}
