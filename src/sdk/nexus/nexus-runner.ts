/**
 * Runs the handler of a Nexus request. Where the request came from, and where the outcome goes, is somebody else's.
 *
 * H1 A handler's outcome is data: nothing that it throws gets out.
 */
import type * as nexus from 'nexus-rpc';
import type { Client } from '../client/client.ts';
import { decodePayload, encodeErrorToFailure, encodeToPayload } from '../common/converter/codec-helpers.ts';
import type { LoadedDataConverter } from '../common/converter/data-converter.ts';
import { fromPayloadWithTypeInfo } from '../common/converter/payload-lists.ts';
import { ApplicationFailure, CancelledFailure } from '../common/failure.ts';
import { composeInterceptors } from '../common/interceptors.ts';
import { type Logger, LoggerWithComposedMetadata, SdkComponent } from '../common/logger.ts';
import { type MetricMeter, MetricMeterWithComposedTags } from '../common/metrics.ts';
import { isNexusHandlerError, NexusHandlerError } from '../common/nexus-handler-error.ts';
import type { NexusLink } from '../common/nexus-links.ts';
import { isAbortError } from '../common/type-helpers.ts';
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
    const logger = loggerOf(worker, context, interceptors);
    const call = { worker, request, context, inbound: interceptors.inbound, logger };
    const handlerContext = handlerContextOf(call, interceptors);
    return await asyncLocalStorage.run(handlerContext, () =>
      request.startOperation === undefined ? cancel(call) : start(call),
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

interface NexusCall {
  worker: NexusWorker;
  request: WireNexusRequest;
  context: nexus.OperationContext;
  inbound: Interceptors['inbound'];
  /** The worker's, with what is known of the operation. */
  logger: Logger;
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
    throw new NexusHandlerError('NOT_IMPLEMENTED', 'Request method not implemented', {});
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

function attributesOf({ namespace, taskQueue }: NexusWorker, { service, operation }: nexus.OperationContext) {
  return { namespace, taskQueue, service, operation };
}

function loggerOf(worker: NexusWorker, context: nexus.OperationContext, { outbound }: Interceptors): Logger {
  return LoggerWithComposedMetadata.compose(worker.logger, () =>
    composeInterceptors(outbound, 'getLogAttributes', (input) => input)(attributesOf(worker, context)),
  );
}

function handlerContextOf(
  { worker, request: { endpoint = '' }, context, logger }: NexusCall,
  { outbound }: Interceptors,
): HandlerContext {
  const { namespace, taskQueue } = worker;
  return {
    log: LoggerWithComposedMetadata.compose(logger, { sdkComponent: SdkComponent.nexus }),
    metrics: MetricMeterWithComposedTags.compose(worker.metricMeter, () =>
      composeInterceptors(outbound, 'getMetricTags', (input) => input)(attributesOf(worker, context)),
    ),
    client: worker.client(),
    namespace,
    taskQueue,
    endpoint,
  };
}

/** Calls the handler, with a line at its start and one at its end. */
async function invoke<T>(
  { logger, context: { abortSignal } }: NexusCall,
  method: 'startOperation' | 'cancelOperation',
  handler: () => Promise<T>,
): Promise<T> {
  const startedAt = Date.now();
  logger.debug('Nexus handler started', { method });
  try {
    const value = await handler();
    logger.debug('Nexus handler invocation completed', { method, durationMs: Date.now() - startedAt });
    return value;
  } catch (error) {
    const durationMs = Date.now() - startedAt;
    const isCancelled = abortSignal.aborted && (error instanceof CancelledFailure || isAbortError(error));
    if (isCancelled) logger.debug('Nexus handler invocation completed as cancelled', { method, durationMs });
    else logger.warn('Nexus handler invocation failed', { method, error, durationMs });
    throw error;
  }
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
    throw new NexusHandlerError(
      'NOT_FOUND',
      `No service handler registered for service name '${service}'`,
      {},
    );
  }
  // Sound: what a service's handlers take and give only its definition knows.
  return found.getOperationHandler(operation) as unknown as CompiledHandler;
}

async function start(call: NexusCall): Promise<NexusOutcome> {
  const { worker, context, inbound } = call;
  const { startOperation } = call.request;
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
  const execute = composeInterceptors(inbound, 'startOperation', async (next: NexusStartOperationInput) => ({
    result: await invoke(call, 'startOperation', async () => handler.start(next.ctx, next.input)),
  }));
  const { result } = await execute({ ctx, input });
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

async function cancel(call: NexusCall): Promise<NexusOutcome> {
  const { worker, context, inbound } = call;
  const { cancelOperation } = call.request;
  const handler = handlerOf(worker, context);
  const token = cancelOperation?.operationToken || cancelOperation?.operationId;
  if (!token) throw new NexusHandlerError('BAD_REQUEST', 'Request missing Operation token', {});
  const execute = composeInterceptors(inbound, 'cancelOperation', async (next: NexusCancelOperationInput) =>
    invoke(call, 'cancelOperation', async () => handler.cancel(next.ctx, next.token)),
  );
  await execute({ ctx: context, token });
  return { kind: 'cancelled' };
}

/** What cannot be read is the caller's error; what cannot be decoded may be a codec that is down. */
async function inputOf(
  { dataConverter }: NexusWorker,
  payload: Payload | undefined,
  typeInfo: TypeInfo | undefined,
): Promise<unknown> {
  if (payload === undefined) return undefined;
  const decoded = await decodePayload(dataConverter, payload).catch((error: unknown) =>
    refuseInput('INTERNAL', 'Payload codec failed to decode Nexus operation input', error),
  );
  try {
    return fromPayloadWithTypeInfo(dataConverter.payloadConverter, decoded, undefined, typeInfo);
  } catch (error) {
    return refuseInput('BAD_REQUEST', 'Payload converter failed to decode Nexus operation input', error);
  }
}

/** By this type converters and codecs say that what they were given is wrong in itself. */
const VALIDATION_ERROR_TYPE = 'PayloadValidationError';

function refuseInput(type: string, message: string, error: unknown): never {
  const cause = error instanceof Error ? error : new Error(String(error));
  if (error instanceof ApplicationFailure && error.nonRetryable && error.type === VALIDATION_ERROR_TYPE)
    throw new NexusHandlerError('BAD_REQUEST', 'Invalid operation input', { cause });
  if (error instanceof ApplicationFailure || isNexusHandlerError(error)) throw error;
  throw new NexusHandlerError(type, message, { cause });
}
