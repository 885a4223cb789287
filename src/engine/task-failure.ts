/** Why the last attempt of a workflow task failed, as it is kept beside history, which tells of the first attempt alone (WFT-13). */
import type { Failure } from '../sdk/common/wire/messages.ts';

const TEXT_MAX = 4_000;

export const TIMED_OUT: Failure = {
  message: 'The workflow task was not completed in time, or its host was lost.',
  source: 'Server',
  timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' },
};

/** It is written with every attempt: what is long is cut, and causes and payloads are left to history. */
export function shortened(failure: Failure): Failure {
  const { message, stackTrace, source, encodedAttributes, applicationFailureInfo } = failure;
  const { serverFailureInfo, timeoutFailureInfo } = failure;
  const short: Failure = {};
  if (message !== undefined) short.message = message.slice(0, TEXT_MAX);
  if (stackTrace !== undefined) short.stackTrace = stackTrace.slice(0, TEXT_MAX);
  if (source !== undefined) short.source = source.slice(0, TEXT_MAX);
  if ((encodedAttributes?.data?.length ?? TEXT_MAX) < TEXT_MAX) short.encodedAttributes = encodedAttributes;
  if (applicationFailureInfo !== undefined)
    short.applicationFailureInfo = { type: applicationFailureInfo.type?.slice(0, TEXT_MAX) };
  if (serverFailureInfo !== undefined) short.serverFailureInfo = serverFailureInfo;
  if (timeoutFailureInfo !== undefined) short.timeoutFailureInfo = timeoutFailureInfo;
  return short;
}
