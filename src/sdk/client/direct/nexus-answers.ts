/** What a worker says of a Nexus task, in the engine's words. */
import type { NexusAnswer } from '../../../engine/api.ts';
import { FINAL_NEXUS_ERROR_TYPES } from '../../common/nexus-handler-error.ts';
import { fromNexusLink, type NexusLink } from '../../common/nexus-links.ts';
import { fromJson } from '../../common/wire/json.ts';
import type { Link } from '../../common/wire/links.ts';
import { type Failure, FailureSchema } from '../../common/wire/messages.ts';
import type { WireNexusFailure } from '../../common/wire/nexus-requests.ts';
import type { RequestOf } from '../calls/index.ts';
import { invalidArgument } from '../rpc-error.ts';
import { LINKS_MAX } from './validate.ts';

type Response = RequestOf<'respondNexusTaskCompleted'>['response'];
type HandlerError = NonNullable<RequestOf<'respondNexusTaskFailed'>['error']>;

/** The type of failures that carry one of Temporal's as their details. */
const TEMPORAL_FAILURE = 'temporal.api.failure.v1.Failure';
const CAUSES_MAX = 20;

export function answerOfResponse({ startOperation, cancelOperation }: Response): NexusAnswer {
  if (cancelOperation !== undefined) return { kind: 'cancelRequested' };
  const { syncSuccess, asyncSuccess, operationError, failure } = startOperation ?? {};
  if (syncSuccess !== undefined)
    return {
      kind: 'completed',
      ...(syncSuccess.payload && { result: syncSuccess.payload }),
      ...linksOf(syncSuccess.links),
    };
  if (asyncSuccess !== undefined) {
    const operationToken = asyncSuccess.operationToken || asyncSuccess.operationId;
    if (!operationToken)
      throw invalidArgument('response.startOperation.asyncSuccess.operationToken: required, but not set');
    return { kind: 'started', operationToken, ...linksOf(asyncSuccess.links) };
  }
  if (failure !== undefined)
    return { kind: failure.canceledFailureInfo === undefined ? 'failed' : 'canceled', failure };
  if (operationError !== undefined) return answerOfOperationError(operationError);
  throw invalidArgument(
    'response: expected startOperation with syncSuccess, asyncSuccess, failure or operationError, or cancelOperation',
  );
}

/** A form that is not known here may be of a newer handler: it is left out, and the answer counts. */
export function linksOf(links: readonly Partial<NexusLink>[] = []): { links?: Link[] } {
  const known: Link[] = [];
  for (const { url = '', type = '' } of links.slice(0, LINKS_MAX)) {
    try {
      known.push(fromNexusLink({ url, type }));
    } catch {
      // Said above.
    }
  }
  return known.length > 0 ? { links: known } : {};
}

function answerOfOperationError({
  operationState,
  failure,
}: NonNullable<NonNullable<Response['startOperation']>['operationError']>): NexusAnswer {
  if (operationState !== 'failed' && operationState !== 'canceled')
    throw invalidArgument(
      `response.startOperation.operationError.operationState: expected failed or canceled, got '${operationState ?? ''}'`,
    );
  const cause = failureOf(failure ?? {});
  if (operationState === 'failed') return { kind: 'failed', failure: cause };
  const isCancellation = cause.canceledFailureInfo !== undefined;
  const { message = '' } = cause;
  return { kind: 'canceled', failure: isCancellation ? cause : { message, canceledFailureInfo: {}, cause } };
}

export function answerOfError(error: HandlerError | undefined, failure: Failure | undefined): NexusAnswer {
  if (failure !== undefined) {
    const { type = '', retryBehavior } = failure.nexusHandlerFailureInfo ?? {};
    return { kind: 'refused', failure, isRetryable: isRetryable(type, retryBehavior) };
  }
  if (error === undefined) throw invalidArgument('error: expected error or failure');
  const { errorType: type = '', retryBehavior } = error;
  const cause = error.failure && failureOf(error.failure);
  return {
    kind: 'refused',
    failure: {
      message: cause?.message ?? '',
      nexusHandlerFailureInfo: { type, ...(retryBehavior && { retryBehavior }) },
      ...(cause && { cause }),
    },
    isRetryable: isRetryable(type, retryBehavior),
  };
}

function isRetryable(type: string, behavior: 'RETRYABLE' | 'NON_RETRYABLE' | undefined): boolean {
  return behavior === undefined ? !FINAL_NEXUS_ERROR_TYPES.has(type) : behavior === 'RETRYABLE';
}

function failureOf(failure: WireNexusFailure, depth = 0): Failure {
  const { message = '', metadata, details, stackTrace, cause } = failure;
  const { type } = metadata ?? {};
  const temporal = type === TEMPORAL_FAILURE && details ? temporalFailure(details) : undefined;
  if (temporal !== undefined) return { ...temporal, message, ...(stackTrace && { stackTrace }) };
  return {
    message,
    applicationFailureInfo: {
      type: 'NexusFailure',
      nonRetryable: true,
      ...(details?.length && { details: { payloads: [{ metadata: JSON_PAYLOAD, data: details }] } }),
    },
    ...(stackTrace && { stackTrace }),
    ...(cause && depth < CAUSES_MAX && { cause: failureOf(cause, depth + 1) }),
  };
}

const JSON_PAYLOAD = { encoding: new TextEncoder().encode('json/plain') };

function temporalFailure(details: Uint8Array): Failure | undefined {
  try {
    return fromJson(FailureSchema, JSON.parse(new TextDecoder().decode(details)));
  } catch {
    // What calls itself one and is none is shown as it came.
    return undefined;
  }
}
