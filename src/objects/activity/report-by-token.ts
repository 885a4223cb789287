/** What becomes of an attempt, told to its workflow's object by who has its token and no caller to answer. */
import type { HeartbeatReply, Input, Result } from '../../engine/api.ts';
import type { CallAddress } from '../execution/workflow-execution-api.ts';
import type { LogSink } from '../object-options.ts';

export type ReportInput = Exclude<Input, { kind: 'Signal' }>;

export interface ReportOptions {
  /** Reaches the workflow's object. */
  report(at: CallAddress, input: ReportInput): Promise<Result<HeartbeatReply | undefined>>;
  log: LogSink;
}

const REPORT_ATTEMPTS_MAX = 10;
const REPORT_BACKOFF_MS = 10;

/** The object may be in the middle of a reset, so a few times. Undefined when it was never heard. */
export async function reportByToken(
  { report, log }: ReportOptions,
  at: CallAddress,
  input: ReportInput,
): Promise<Result<HeartbeatReply | undefined> | undefined> {
  for (let attempt = 1; attempt <= REPORT_ATTEMPTS_MAX; attempt++) {
    try {
      const result = await report(at, input);
      if (result.ok || result.error.code !== 'UNAVAILABLE') return result;
    } catch (error) {
      log('WARN', `What became of an activity could not be reported (attempt ${attempt})`, { ...at, error });
    }
    await new Promise((resolve) => setTimeout(resolve, REPORT_BACKOFF_MS * 2 ** attempt));
  }
  return undefined;
}
