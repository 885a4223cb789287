/** Between errors and failures, the form in which they cross the boundaries of workflows, activities and clients. */

import { FAILURE_SOURCE, type ProtoFailure, TemporalFailure } from '../failure.ts';
import {
  fromNexusFailure,
  isNexusHandlerError,
  type NexusFailure,
  nexusHandlerInfoOf,
  toNexusFailure,
} from '../nexus-handler-error.ts';
import { isError, withoutUndefined } from '../type-helpers.ts';
import { failureToErrorOfClass } from './failure-decoding.ts';
import { failureInfoOf } from './failure-encoding.ts';
import type { PayloadConverter } from './payload-converter.ts';
import type { SerializationContext } from './serialization-context.ts';
import { cutoffStackTrace } from './stack-trace.ts';

export { cutoffStackTrace } from './stack-trace.ts';

export interface FailureConverter {
  /** A failure out of whatever was thrown. */
  errorToFailure(
    err: unknown,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): ProtoFailure;
  /** An error out of a failure: a `TemporalFailure`, unless the converter makes others. */
  failureToError(
    err: ProtoFailure,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): Error;
}

/** What `encodedAttributes` holds. */
export interface DefaultEncodedFailureAttributes {
  message: string;
  stack_trace: string;
}

export interface DefaultFailureConverterOptions {
  /**
   * Put message and stack trace into `encodedAttributes`, where codecs see them, in place of plain text.
   *
   * @default false
   */
  encodeCommonAttributes: boolean;
}

const NON_ERROR_HINT =
  ' [A non-Error value was thrown from your code. We recommend throwing Error objects so that we can provide a stack trace]';

/** A chain of causes longer than this is cut, so that an error which is its own cause does not end the process. */
const CAUSE_DEPTH_MAX = 64;

/**
 * The default converter, whose failures every Temporal SDK reads. Messages and stack traces are plain text, unless
 * `encodeCommonAttributes` is set; set it together with a codec that encrypts.
 */
export class DefaultFailureConverter implements FailureConverter {
  readonly options: DefaultFailureConverterOptions;
  #causeDepth = 0;

  constructor(options?: Partial<DefaultFailureConverterOptions>) {
    this.options = { encodeCommonAttributes: options?.encodeCommonAttributes ?? false };
  }

  /** The error without stack and raw failure, which `failureToError` adds. */
  failureToErrorInner(
    failure: ProtoFailure,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): Error {
    const cause = this.optionalFailureToOptionalError(failure.cause, payloadConverter, context);
    return failureToErrorOfClass(failure, cause, payloadConverter, context);
  }

  failureToError(
    failure: ProtoFailure,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): Error {
    const plain = withEncodedAttributes(failure, payloadConverter, context);
    const error = this.failureToErrorInner(plain, payloadConverter, context);
    error.stack = plain.stackTrace ?? '';
    if (error instanceof TemporalFailure) error.failure = plain;
    return error;
  }

  errorToFailure(
    err: unknown,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): ProtoFailure {
    const failure = this.errorToFailureInner(err, payloadConverter, context);
    if (!this.options.encodeCommonAttributes) return failure;
    const { message, stackTrace } = failure;
    return {
      ...failure,
      message: 'Encoded failure',
      stackTrace: '',
      encodedAttributes: payloadConverter.toPayload({ message, stack_trace: stackTrace }, context),
    };
  }

  /** The failure with message and stack trace as plain text. */
  errorToFailureInner(
    err: unknown,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): ProtoFailure {
    if (err instanceof TemporalFailure) {
      // What came from elsewhere goes on as it came.
      if (err.failure) return err.failure;
      const info = failureInfoOf(err, payloadConverter, context);
      return { ...this.#commonAttributes(err, payloadConverter, context), ...info };
    }
    if (isNexusHandlerError(err)) {
      if (err.originalFailure) return this.nexusFailureToTemporalFailure(err.originalFailure, err.retryable);
      return {
        ...this.#commonAttributes(err, payloadConverter, context),
        nexusHandlerFailureInfo: nexusHandlerInfoOf(err),
      };
    }
    if (isError(err)) return this.#commonAttributes(err, payloadConverter, context);
    return { source: FAILURE_SOURCE, message: describeThrown(err) + NON_ERROR_HINT };
  }

  optionalFailureToOptionalError(
    failure: ProtoFailure | undefined | null,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): Error | undefined {
    return failure ? this.failureToError(failure, payloadConverter, context) : undefined;
  }

  optionalErrorToOptionalFailure(
    err: unknown,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): ProtoFailure | undefined {
    if (!err || this.#causeDepth >= CAUSE_DEPTH_MAX) return undefined;
    this.#causeDepth++;
    try {
      return this.errorToFailure(err, payloadConverter, context);
    } finally {
      this.#causeDepth--;
    }
  }

  /** The failure that a Nexus failure holds; one of another kind becomes the details of an application failure. */
  nexusFailureToTemporalFailure(failure: NexusFailure, retryable: boolean): ProtoFailure {
    return fromNexusFailure(failure, retryable);
  }

  /** The Nexus failure that holds a failure as it is. */
  temporalFailureToNexusFailure(failure: ProtoFailure): NexusFailure {
    return toNexusFailure(failure);
  }

  #commonAttributes(
    err: Error,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): ProtoFailure {
    return withoutUndefined({
      message: String(err.message ?? ''),
      stackTrace: cutoffStackTrace(err.stack),
      cause: this.optionalErrorToOptionalFailure(err.cause, payloadConverter, context),
      source: FAILURE_SOURCE,
    });
  }
}

/** The failure with message and stack trace out of `encodedAttributes`, as far as these are what they should be. */
function withEncodedAttributes(
  failure: ProtoFailure,
  payloadConverter: PayloadConverter,
  context?: SerializationContext,
): ProtoFailure {
  if (!failure.encodedAttributes) return failure;
  const attributes = payloadConverter.fromPayload<unknown>(failure.encodedAttributes, context);
  if (typeof attributes !== 'object' || attributes === null) return failure;
  const { message, stack_trace: stackTrace } = attributes as { message?: unknown; stack_trace?: unknown };
  return {
    ...failure,
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof stackTrace === 'string' ? { stackTrace } : {}),
  };
}

function describeThrown(value: unknown): string {
  if (typeof value !== 'object') return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}
