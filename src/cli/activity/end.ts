/** Ending an activity: with a result or a failure from elsewhere, or one without a workflow at all. */
import { randomUUID } from 'node:crypto';
import { type Command, defineCommand } from '../command/definition.ts';
import { text } from '../command/flags.ts';
import { jsonPayload } from '../input/payloads.ts';
import { defined } from '../input/requests.ts';
import { activityFlags, activityIdFlag, activityOf } from './flags.ts';

export const complete = defineCommand({
  name: 'complete',
  about: 'Complete an activity that runs, with this result',
  flags: { ...activityFlags, result: text('--result <json>', 'Its result, as JSON').required },
  async run({ api, out }, flags) {
    const answer = await api.call('respondActivityTaskCompletedById', {
      ...activityOf(flags),
      identity: api.identity,
      result: { payloads: [jsonPayload(flags.result, '--result')] },
    });
    out.done('Activity completed', answer);
  },
});

export const fail = defineCommand({
  name: 'fail',
  about: 'Fail an activity that runs, for good',
  flags: {
    ...activityFlags,
    reason: text('--reason <text>', "The failure's message"),
    detail: text('--detail <json>', "The failure's details, as JSON"),
  },
  async run({ api, out }, flags) {
    const { detail, reason } = flags;
    const answer = await api.call('respondActivityTaskFailedById', {
      ...activityOf(flags),
      identity: api.identity,
      failure: {
        message: reason ?? 'Failed from the command line',
        source: 'CLI',
        applicationFailureInfo: {
          nonRetryable: true,
          ...(detail !== undefined && { details: { payloads: [jsonPayload(detail, '--detail')] } }),
        },
      },
    });
    out.done('Activity failed', answer);
  },
});

const aloneFlags = {
  activityId: activityIdFlag.required,
  runId: text('-r, --run-id <id>', 'Run ID. Default: the latest'),
};

const endCommand = (
  name: 'cancel' | 'terminate',
  about: string,
  call: 'requestCancelActivityExecution' | 'terminateActivityExecution',
  done: string,
): Command =>
  defineCommand({
    name,
    about,
    flags: { ...aloneFlags, reason: text('--reason <text>', 'Why') },
    async run({ api, out }, { activityId, runId, reason }) {
      const answer = await api.call(call, {
        activityId,
        identity: api.identity,
        requestId: randomUUID(),
        ...defined({ runId, reason }),
      });
      out.done(done, answer);
    },
  });

export const cancel = endCommand(
  'cancel',
  'Ask an activity without a workflow to end',
  'requestCancelActivityExecution',
  'Activity cancellation requested',
);

export const terminate = endCommand(
  'terminate',
  'End an activity without a workflow at once',
  'terminateActivityExecution',
  'Activity terminated',
);

export const remove = defineCommand({
  name: 'delete',
  about: 'Delete an activity without a workflow',
  flags: aloneFlags,
  async run({ api, out }, { activityId, runId }) {
    out.done(
      'Activity deleted',
      await api.call('deleteActivityExecution', { activityId, ...defined({ runId }) }),
    );
  },
});
