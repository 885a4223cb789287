/**
 * The error of a Nexus handler as failures carry it, without the package `nexus-rpc`: that package knows its own errors by a mark
 * that every copy of it shares, and so takes these for its `HandlerError`.
 */
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

export class NexusHandlerError extends Error {
  /** `UNKNOWN` for a type that this version does not know; `rawErrorType` has it then. */
  readonly type: string;
  readonly rawErrorType: string;
  readonly retryableOverride: boolean | undefined;

  constructor(
    rawErrorType: string,
    message: string,
    { cause, retryableOverride }: { cause?: Error | undefined; retryableOverride?: boolean | undefined },
  ) {
    super(message, { cause });
    this.type =
      FINAL_NEXUS_ERROR_TYPES.has(rawErrorType) || RETRYABLE_TYPES.has(rawErrorType)
        ? rawErrorType
        : 'UNKNOWN';
    this.rawErrorType = rawErrorType;
    this.retryableOverride = retryableOverride;
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
export function nexusHandlerErrorOf({ message, nexusHandlerFailureInfo }: Failure, cause: Error | undefined) {
  const { type = '', retryBehavior } = nexusHandlerFailureInfo ?? {};
  const retryableOverride = retryBehavior && retryBehavior === 'RETRYABLE';
  return new NexusHandlerError(type, message ?? 'Nexus handler error', { cause, retryableOverride });
}
