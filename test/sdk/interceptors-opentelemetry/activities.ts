import { log } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';

export const activities = {
  async greet(whom: string): Promise<string> {
    log.info(`greeting ${whom}`);
    return `hi ${whom}`;
  },
  async fail(kind: string): Promise<void> {
    throw ApplicationFailure.create({
      message: `no ${kind}`,
      nonRetryable: true,
      ...(kind === 'benign' && { category: 'BENIGN' }),
    });
  },
};
