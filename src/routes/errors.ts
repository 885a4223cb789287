/** Errors as `google.rpc.Status` with the HTTP status that belongs to each code. */
import type { ErrorHandler, Handler, NotFoundHandler } from 'hono';
import { type GrpcStatusCode, grpcStatus, RpcError, type StatusDetail } from '../sdk/client/rpc-error.ts';
import { fieldToJson } from '../sdk/common/wire/json.ts';
import { type Failure, FailureField } from '../sdk/common/wire/messages.ts';
import { SettingsError } from './settings.ts';

const HTTP_STATUS: Readonly<Record<GrpcStatusCode, number>> = {
  [grpcStatus.OK]: 200,
  [grpcStatus.CANCELLED]: 499,
  [grpcStatus.UNKNOWN]: 500,
  [grpcStatus.INVALID_ARGUMENT]: 400,
  [grpcStatus.DEADLINE_EXCEEDED]: 504,
  [grpcStatus.NOT_FOUND]: 404,
  [grpcStatus.ALREADY_EXISTS]: 409,
  [grpcStatus.PERMISSION_DENIED]: 403,
  [grpcStatus.RESOURCE_EXHAUSTED]: 429,
  [grpcStatus.FAILED_PRECONDITION]: 400,
  [grpcStatus.ABORTED]: 409,
  [grpcStatus.OUT_OF_RANGE]: 400,
  [grpcStatus.UNIMPLEMENTED]: 501,
  [grpcStatus.INTERNAL]: 500,
  [grpcStatus.UNAVAILABLE]: 503,
  [grpcStatus.DATA_LOSS]: 500,
  [grpcStatus.UNAUTHENTICATED]: 401,
};

const TYPE_PREFIX = 'type.googleapis.com/temporal.api.errordetails.v1.';

export const onError: ErrorHandler = (error) => errorResponse(toRpcError(error));

export const notFound: NotFoundHandler = () => errorResponse(new RpcError('NOT_FOUND', 'Not Found'));

/** Wrong method on a known path. */
export const methodNotAllowed: Handler = () =>
  errorResponse(new RpcError('UNIMPLEMENTED', 'Method Not Allowed'));

function toRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  if (error instanceof SettingsError) {
    return new RpcError('PERMISSION_DENIED', `This server is not set up: ${error.message}`);
  }
  console.error('Unexpected error in a route', error);
  return new RpcError('INTERNAL', 'Unexpected error; the log has it');
}

export function errorResponse(error: RpcError): Response {
  const headers = new Headers({ 'content-type': 'application/json' });
  if (error.code === grpcStatus.UNAUTHENTICATED) headers.set('www-authenticate', 'Bearer');
  const body = { code: error.code, message: error.details, details: error.statusDetails.map(detailToJson) };
  return new Response(JSON.stringify(body), { status: HTTP_STATUS[error.code], headers });
}

function detailToJson({ type, ...fields }: StatusDetail): object {
  const json: Record<string, unknown> = { '@type': TYPE_PREFIX + type, ...fields };
  // The one detail that holds a message of its own (QRY-6).
  if (type === 'QueryFailedFailure' && fields.failure) {
    json.failure = fieldToJson(FailureField, fields.failure as Failure);
  }
  return json;
}
