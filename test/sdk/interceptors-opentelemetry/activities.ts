import { activityInfo, CompleteAsyncError, log } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';

export const tokens: Uint8Array[] = [];

export const activities = {
  async greet(whom: string): Promise<string> {
    log.info(`greeting ${whom}`);
    return `hi ${whom}`;
  },
  /** Completed by its task token, from outside. */
  async completeLater(): Promise<string> {
    tokens.push(activityInfo().taskToken);
    throw new CompleteAsyncError();
  },
  async fail(kind: string): Promise<void> {
    throw ApplicationFailure.create({
      message: `no ${kind}`,
      nonRetryable: true,
      ...(kind === 'benign' && { category: 'BENIGN' }),
    });
  },
};
