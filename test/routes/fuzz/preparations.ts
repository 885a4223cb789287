/** Requests as they should be, so that the others find something to disturb. */
import type { CallName } from '../../../src/sdk/client/calls/index.ts';
import type { RandomRequest } from './random-request.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const QUEUE = { name: 'fuzz' };
/** As many workflows as random requests know by name. */
const WORKFLOWS = 4;

/** Each is given the last token of a kind. */
export type Preparation = (tokenOf: (kind: string) => string) => RandomRequest;

/** A workflow is begun, has its first task done by a worker, and an activity, or an operation, taken by another. */
export function preparations(round: number): Preparation[] {
  const workflow = `${NAMESPACE}/workflows/w-${round % WORKFLOWS}`;
  const start = { workflowType: { name: 'fuzz' }, taskQueue: QUEUE, workflowIdConflictPolicy: 2 };
  const signal = { ...start, signalInput: [round] };
  const poll = { identity: 'me', workerInstanceKey: 'me' };
  const activity = {
    ...{ activityId: '1', activityType: { name: 'fuzz' }, taskQueue: QUEUE },
    ...{ startToCloseTimeout: '60s', heartbeatTimeout: '60s' },
  };
  const command = {
    commandType: 'COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK',
    scheduleActivityTaskCommandAttributes: activity,
  };
  const operation = {
    commandType: 'COMMAND_TYPE_SCHEDULE_NEXUS_OPERATION',
    scheduleNexusOperationCommandAttributes: {
      ...{ endpoint: 'fuzz', service: 'fuzz', operation: 'fuzz', scheduleToCloseTimeout: '60s' },
      input: 1,
    },
  };
  const standalone = { activityType: { name: 'fuzz' }, taskQueue: QUEUE, startToCloseTimeout: '60s' };
  const alone = {
    endpoint: 'fuzz',
    service: 'fuzz',
    operation: 'fuzz',
    scheduleToCloseTimeout: '60s',
    input: 1,
  };
  const endpoint = { name: 'fuzz', target: { worker: { namespace: 'default', taskQueue: 'fuzz' } } };
  const query = { query: { queryArgs: [1] } };
  return [
    () => post('createNexusEndpoint', '/api/v1/nexus/endpoints', { spec: endpoint }),
    () =>
      post('startActivityExecution', `${NAMESPACE}/activities/${1 + (round % 2)}`, {
        ...standalone,
        idReusePolicy: 1,
      }),
    () => post('startNexusOperationExecution', `${NAMESPACE}/nexus-operations/${1 + (round % 2)}`, alone),
    () => post('signalWithStartWorkflowExecution', `${workflow}/signal-with-start/go`, signal),
    () => post('pollWorkflowTaskQueue', `${NAMESPACE}/task-queues/fuzz/poll-workflow-task`, poll),
    (tokenOf) =>
      post('respondWorkflowTaskCompleted', `${NAMESPACE}/workflow-task-complete`, {
        taskToken: tokenOf('workflowToken'),
        commands: [command, operation],
      }),
    () => post('pollNexusTaskQueue', `${NAMESPACE}/task-queues/fuzz/poll-nexus-task`, poll),
    () => post('pollActivityTaskQueue', `${NAMESPACE}/task-queues/fuzz/poll-activity-task`, poll),
    () => post('updateWorkflowExecution', `${workflow}/update/change`, { request: { input: { args: [1] } } }),
    () => post('queryWorkflow', `${workflow}/query/getStatus`, query),
  ];
}

function post(call: CallName, target: string, body: object): RandomRequest {
  const headers = { 'content-type': 'application/json' };
  return { call, method: 'POST', target, headers, body: new TextEncoder().encode(JSON.stringify(body)) };
}
