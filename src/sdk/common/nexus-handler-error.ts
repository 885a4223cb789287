/**
 * The error of a Nexus handler as failures carry it, without the package `nexus-rpc`: that package knows its own errors by a mark
 * that every copy of it shares, and so takes these for its `HandlerError`.
 */
import { encode } from './encoding.ts';
import type { Failure } from './wire/messages.ts';

const MARK = Symbol.for('__nexus_isHandlerError');
/** What another attempt does not mend, unless the error says otherwise. */
export const FINAL_NEXUS_ERROR_TYPES: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'UNAUTHENTICATED',
  'UNAUTHORIZED',
  'NOT_FOUND',
  'NOT_IMPLEMENTED',
  'CONFLICT',
]);
const RETRYABLE_TYPES: ReadonlySet<string> = new Set([
  'REQUEST_TIMEOUT',
  'RESOURCE_EXHAUSTED',
  'INTERNAL',
  'UNAVAILABLE',
  'UPSTREAM_TIMEOUT',
]);

/** A failure as the Nexus protocol has it. */
export interface NexusFailure {
  message: string;
  stackTrace?: string;
  metadata?: Record<string, string>;
  details?: unknown;
  cause?: unknown;
}

/** The `metadata.type` of Nexus failures whose details are a failure of Temporal's protocol. */
const TEMPORAL_FAILURE = 'temporal.api.failure.v1.Failure';

/** The Nexus failure that holds `failure` as it is, so that nothing of it is lost on its way. */
export function toNexusFailure(failure: Failure): NexusFailure {
  return { message: failure.message ?? '', metadata: { type: TEMPORAL_FAILURE }, details: { ...failure } };
}

/** The failure that a Nexus failure holds; one of another kind becomes the details of an application failure. */
export function fromNexusFailure(nexusFailure: NexusFailure, retryable: boolean): Failure {
  const { details, message, stackTrace = '', metadata } = nexusFailure;
  if (metadata?.type === TEMPORAL_FAILURE) {
    if (details === undefined || details === null)
      throw new TypeError(`missing details for Nexus Failure of type '${TEMPORAL_FAILURE}'`);
    // What says that it holds a failure was made by `toNexusFailure`, here or in another SDK.
    return details as Failure;
  }
  const payload = {
    metadata: { encoding: encode('json/plain') },
    data: encode(JSON.stringify({ ...nexusFailure, message: '' })),
  };
  const info = { type: 'NexusFailure', nonRetryable: !retryable, details: { payloads: [payload] } };
  return { message, stackTrace, applicationFailureInfo: info };
}

export class NexusHandlerError extends Error {
  /** `UNKNOWN` for a type that this version does not know; `rawErrorType` has it then. */
  readonly type: string;
  readonly rawErrorType: string;
  readonly retryableOverride: boolean | undefined;
  /** What the error was read from: encoding it uses that again. */
  readonly originalFailure: NexusFailure | undefined;

  constructor(
    rawErrorType: string,
    message: string | undefined,
    {
      cause,
      retryableOverride,
      originalFailure,
    }: {
      cause?: Error | undefined;
      retryableOverride?: boolean | undefined;
      originalFailure?: NexusFailure | undefined;
    },
  ) {
    const type =
      FINAL_NEXUS_ERROR_TYPES.has(rawErrorType) || RETRYABLE_TYPES.has(rawErrorType)
        ? rawErrorType
        : 'UNKNOWN';
    super(message || `Handler error: ${type}`, { cause });
    this.type = type;
    this.rawErrorType = rawErrorType;
    this.retryableOverride = retryableOverride;
    this.originalFailure = originalFailure;
  }

  /** Whether another attempt may succeed. */
  get retryable(): boolean {
    return this.retryableOverride ?? isRetryableType(this.type);
  }
}
Object.defineProperty(NexusHandlerError.prototype, 'name', { value: 'HandlerError', enumerable: true });
Object.defineProperty(NexusHandlerError.prototype, MARK, { value: true, enumerable: false });

/** Of the errors that the Nexus protocol names, those that another attempt may mend; unknown ones are. */
export function isRetryableType(type: string): boolean {
  return !FINAL_NEXUS_ERROR_TYPES.has(type);
}

/** Also for errors of any copy of `nexus-rpc`. */
export function isNexusHandlerError(error: unknown): error is NexusHandlerError {
  return typeof error === 'object' && error !== null && Reflect.get(error, MARK) === true;
}

/** What a failure says of the error. */
export function nexusHandlerInfoOf({
  rawErrorType,
  retryableOverride,
}: NexusHandlerError): NonNullable<Failure['nexusHandlerFailureInfo']> {
  if (retryableOverride === undefined) return { type: rawErrorType };
  return { type: rawErrorType, retryBehavior: retryableOverride ? 'RETRYABLE' : 'NON_RETRYABLE' };
}

/** The error that a failure stands for. */
export function nexusHandlerErrorOf(failure: Failure, cause: Error | undefined): NexusHandlerError {
  const { type = '', retryBehavior } = failure.nexusHandlerFailureInfo ?? {};
  const retryableOverride = retryBehavior && retryBehavior === 'RETRYABLE';
  const originalFailure = toNexusFailure(failure);
  return new NexusHandlerError(type, failure.message, { cause, retryableOverride, originalFailure });
}
