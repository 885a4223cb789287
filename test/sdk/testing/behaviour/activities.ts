import { Context } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';

export interface ActivitiesOf {
  count(name: string): Promise<string>;
  fatal(): Promise<void>;
  unsteady(): Promise<string>;
}

/** Activities with a memory that a test can look at. */
export function makeActivities(): ActivitiesOf & { calls: string[]; healed: boolean } {
  const calls: string[] = [];
  const state = {
    calls,
    healed: false,
    async count(name: string): Promise<string> {
      calls.push(name);
      return `${name} ${calls.filter((call) => call === name).length}`;
    },
    async fatal(): Promise<void> {
      throw ApplicationFailure.nonRetryable('fatal', 'Fatal');
    },
    async unsteady(): Promise<string> {
      const { attempt } = Context.current().info;
      calls.push(`unsteady ${attempt}`);
      if (!state.healed) throw ApplicationFailure.retryable(`attempt ${attempt}`);
      return `healed in ${attempt}`;
    },
  };
  return state;
}
