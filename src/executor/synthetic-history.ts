/** The events that a completion will become, as far as a replay looks at them: for replays in the shadow. */
import { buildAttributes } from '../engine/worker-build.ts';
import type { UpdateResponse, WorkflowTask, WorkflowTaskCompleted } from '../engine/workflow-task.ts';
import type { Command } from '../sdk/common/wire/commands.ts';
import type { EventAttributes, EventType, HistoryEvent, HistoryEventOf } from '../sdk/common/wire/events.ts';

export function eventsOfCompletion(
  task: WorkflowTask,
  completion: WorkflowTaskCompleted,
  eventTime: number,
): HistoryEvent[] {
  let eventId = task.startedEventId;
  const completedEventId = eventId + 1;
  const make = <T extends EventType>(eventType: T, attributes: EventAttributes<T>): HistoryEventOf<T> => {
    eventId++;
    return { eventId, eventTime, eventType, attributes };
  };
  const completed = make('WorkflowTaskCompleted', {
    scheduledEventId: task.startedEventId - 1,
    startedEventId: task.startedEventId,
    ...(completion.sdkMetadata && { sdkMetadata: completion.sdkMetadata }),
    ...(completion.build && buildAttributes(completion.build)),
  });
  const answers = new Map(
    completion.updates.flatMap((answer) => ('messageId' in answer ? [[answer.messageId, answer]] : [])),
  );
  const events = completion.commands.flatMap(
    (command) => eventOf(command, completedEventId, answers, make) ?? [],
  );
  return [completed, ...events];
}

type Answer = Exclude<UpdateResponse, { kind: 'rejected' }>;
type Make = <T extends EventType>(eventType: T, attributes: EventAttributes<T>) => HistoryEventOf<T>;

function eventOf(
  command: Command,
  workflowTaskCompletedEventId: number,
  answers: ReadonlyMap<string, Answer>,
  make: Make,
): HistoryEvent | undefined {
  const of = { workflowTaskCompletedEventId };
  switch (command.commandType) {
    case 'ScheduleActivityTask':
      return make('ActivityTaskScheduled', {
        ...command.attributes,
        taskQueue: command.attributes.taskQueue ?? { name: '' },
        ...of,
      });
    case 'RequestCancelActivityTask':
      return make('ActivityTaskCancelRequested', { ...command.attributes, ...of });
    case 'StartTimer':
      return make('TimerStarted', { ...command.attributes, ...of });
    case 'CancelTimer':
      return make('TimerCanceled', { ...command.attributes, ...of });
    case 'CompleteWorkflowExecution':
      return make('WorkflowExecutionCompleted', { ...command.attributes, ...of });
    case 'FailWorkflowExecution':
      return make('WorkflowExecutionFailed', { ...command.attributes, ...of });
    case 'CancelWorkflowExecution':
      return make('WorkflowExecutionCanceled', { ...command.attributes, ...of });
    case 'RequestCancelExternalWorkflowExecution': {
      const { workflowId, runId, childWorkflowOnly, reason } = command.attributes;
      const workflowExecution = { workflowId, runId };
      return make('RequestCancelExternalWorkflowExecutionInitiated', {
        workflowExecution,
        childWorkflowOnly,
        reason,
        ...of,
      });
    }
    case 'RecordMarker':
      return make('MarkerRecorded', { ...command.attributes, ...of });
    case 'ContinueAsNewWorkflowExecution':
      return make('WorkflowExecutionContinuedAsNew', {
        newExecutionRunId: '',
        workflowType: command.attributes.workflowType ?? { name: '' },
        taskQueue: command.attributes.taskQueue ?? { name: '' },
        ...of,
      });
    case 'StartChildWorkflowExecution':
      return make('StartChildWorkflowExecutionInitiated', {
        ...command.attributes,
        taskQueue: command.attributes.taskQueue ?? { name: '' },
        ...of,
      });
    case 'SignalExternalWorkflowExecution': {
      const { execution, signalName } = command.attributes;
      return make('SignalExternalWorkflowExecutionInitiated', {
        workflowExecution: execution,
        signalName,
        ...of,
      });
    }
    case 'UpsertWorkflowSearchAttributes':
      return make('UpsertWorkflowSearchAttributes', { ...command.attributes, ...of });
    case 'ModifyWorkflowProperties':
      return make('WorkflowPropertiesModified', { ...command.attributes, ...of });
    case 'ProtocolMessage':
      return eventOfAnswer(answers.get(command.attributes.messageId), make);
    case 'ScheduleNexusOperation':
      return make('NexusOperationScheduled', { ...command.attributes, ...of });
    case 'RequestCancelNexusOperation':
      return make('NexusOperationCancelRequested', { ...command.attributes, ...of });
  }
}

function eventOfAnswer(answer: Answer | undefined, make: Make): HistoryEvent | undefined {
  if (answer === undefined) return undefined;
  if (answer.kind === 'completed') {
    const { updateId, outcome } = answer;
    return make('WorkflowExecutionUpdateCompleted', { meta: { updateId }, acceptedEventId: 0, outcome });
  }
  return make('WorkflowExecutionUpdateAccepted', {
    protocolInstanceId: answer.updateId,
    acceptedRequestMessageId: `${answer.updateId}/request`,
    acceptedRequestSequencingEventId: answer.sequencingEventId,
    acceptedRequest: answer.request,
  });
}
