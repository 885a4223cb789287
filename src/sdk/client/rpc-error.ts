/**
 * A refusal by the service, in the shape of a gRPC service error: `code` is the number, `details` the text, and `message` both.
 * The calls reject with it on whichever path they take, HTTP or straight to the objects.
 */

import { type GrpcStatusCode, type GrpcStatusName, grpcStatus } from '../common/grpc-status.ts';
import { CallMetadata } from './call-metadata.ts';

export { type GrpcStatusCode, type GrpcStatusName, grpcStatus } from '../common/grpc-status.ts';
export { CallMetadata } from './call-metadata.ts';

const names = new Map<number, string>(Object.entries(grpcStatus).map(([name, code]) => [code, name]));

/** A google.rpc.Status detail; `type` is the message's short name, for example `NamespaceNotFoundFailure`. */
export interface StatusDetail {
  type: string;
  [field: string]: unknown;
}

/** The error of gRPC clients that `isGrpcServiceError` recognises. */
export interface GrpcServiceError extends Error {
  code: number;
  details: string;
  metadata: CallMetadata;
}

export class RpcError extends Error implements GrpcServiceError {
  override readonly name = 'RpcError';
  code: GrpcStatusCode;
  details: string;
  readonly metadata = new CallMetadata();
  /** Structured details, decoded. */
  readonly statusDetails: readonly StatusDetail[];

  constructor(
    code: GrpcStatusName | GrpcStatusCode,
    details: string,
    options: { statusDetails?: readonly StatusDetail[]; cause?: unknown } = {},
  ) {
    const number = typeof code === 'number' ? code : grpcStatus[code];
    super(`${number} ${names.get(number) ?? 'UNKNOWN'}: ${details}`, { cause: options.cause });
    this.code = number;
    this.details = details;
    this.statusDetails = options.statusDetails ?? [];
  }
}

export function isGrpcStatusCode(code: unknown): code is GrpcStatusCode {
  return typeof code === 'number' && names.has(code);
}

export function invalidArgument(message: string): RpcError {
  return new RpcError('INVALID_ARGUMENT', message);
}
