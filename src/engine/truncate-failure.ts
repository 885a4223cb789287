/** Cuts a failure down to a number of bytes: texts are shortened, details and causes that do not fit go (ACT-20). */
import type { Failure } from '../sdk/common/wire/messages.ts';
import { failureBytes } from './size.ts';

/** What message, stack trace and cause cost besides their contents. */
const TEXT_FIELDS_BYTES = 8;

export function truncateFailure(failure: Failure, bytesMax: number): Failure {
  if (failureBytes(failure) <= bytesMax) return failure;
  const cut: Failure = withoutDetails(failure);
  let left = bytesMax - failureBytes(cut) - TEXT_FIELDS_BYTES;
  const take = (text: string | undefined) => {
    const taken = (text ?? '').slice(0, Math.max(0, left));
    left -= taken.length;
    return taken;
  };
  cut.message = take(failure.message);
  const stackTrace = take(failure.stackTrace);
  if (stackTrace !== '') cut.stackTrace = stackTrace;
  if (failure.cause !== undefined && left > 0) {
    const cause = truncateFailure(failure.cause, left);
    if (failureBytes(cause) <= left) cut.cause = cause;
  }
  return cut;
}

/** The kind of failure and what decides about retries, without payloads and texts. */
function withoutDetails(failure: Failure): Failure {
  const {
    message: _message,
    stackTrace: _stack,
    cause: _cause,
    encodedAttributes: _encoded,
    ...kind
  } = failure;
  const cut: Failure = { ...kind };
  if (cut.applicationFailureInfo) {
    const { details: _details, ...info } = cut.applicationFailureInfo;
    cut.applicationFailureInfo = info;
  }
  if (cut.timeoutFailureInfo) {
    const { lastHeartbeatDetails: _last, ...info } = cut.timeoutFailureInfo;
    cut.timeoutFailureInfo = info;
  }
  if (cut.canceledFailureInfo) {
    const { details: _details, ...info } = cut.canceledFailureInfo;
    cut.canceledFailureInfo = info;
  }
  return cut;
}
