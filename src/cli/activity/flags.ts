/** Flags that several commands on activities have. */
import type { FlagValues } from '../command/definition.ts';
import { duration, integer, number, text } from '../command/flags.ts';
import { defined, unlessEmpty } from '../input/requests.ts';

export const activityIdFlag = text('-a, --activity-id <id>', 'Activity ID');

/** Of a workflow's activity; without `-w`, of an activity that a client started by itself. */
export const activityFlags = {
  activityId: activityIdFlag.required,
  workflowId: text('-w, --workflow-id <id>', "Of a workflow's activity: its workflow"),
  runId: text(
    '-r, --run-id <id>',
    'Run ID, of the workflow or the activity without one. Default: the current run',
  ),
};

export const activityOf = ({ activityId, workflowId, runId }: FlagValues<typeof activityFlags>) =>
  defined({ activityId, workflowId, runId });

export const timeoutFlags = {
  scheduleToCloseTimeout: duration(
    '--schedule-to-close-timeout <duration>',
    'Limit of all attempts together',
  ),
  scheduleToStartTimeout: duration(
    '--schedule-to-start-timeout <duration>',
    'Limit of the wait for a worker',
  ),
  startToCloseTimeout: duration('--start-to-close-timeout <duration>', 'Limit of one attempt'),
  heartbeatTimeout: duration('--heartbeat-timeout <duration>', 'Limit of the time between heartbeats'),
};

export const retryFlags = {
  retryInitialInterval: duration('--retry-initial-interval <duration>', 'Wait before the second attempt'),
  retryMaximumInterval: duration('--retry-maximum-interval <duration>', 'Longest wait between attempts'),
  retryBackoffCoefficient: number(
    '--retry-backoff-coefficient <number>',
    'Each wait is this many times the one before',
  ),
  retryMaximumAttempts: integer('--retry-maximum-attempts <count>', 'Attempts in all; 0 is no limit'),
};

export const timeoutsOf = (flags: FlagValues<typeof timeoutFlags>) =>
  defined({
    scheduleToCloseTimeout: flags.scheduleToCloseTimeout,
    scheduleToStartTimeout: flags.scheduleToStartTimeout,
    startToCloseTimeout: flags.startToCloseTimeout,
    heartbeatTimeout: flags.heartbeatTimeout,
  });

export const retryPolicyOf = (flags: FlagValues<typeof retryFlags>) =>
  unlessEmpty(
    defined({
      initialInterval: flags.retryInitialInterval,
      maximumInterval: flags.retryMaximumInterval,
      backoffCoefficient: flags.retryBackoffCoefficient,
      maximumAttempts: flags.retryMaximumAttempts,
    }),
  );
