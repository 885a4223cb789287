/**
 * Which event each command becomes, and what has to be equal for an event to be that command's (NDE-1): the kind; for timers
 * the ID; for Nexus operations service and name; for activities, local activities and children ID and type; for updates the ID. Inputs, timeouts and everything else
 * are not compared (NDE-2).
 */
import type { Command, CommandType } from '../sdk/common/wire/commands.ts';
import type { EventType, HistoryEvent } from '../sdk/common/wire/events.ts';
import { localActivityOfMarker, type MarkerAttributes } from './local-activity-marker.ts';
import { patchOfMarker } from './patch-marker.ts';

const EVENTS_OF_COMMANDS: Readonly<Record<CommandType, readonly EventType[]>> = {
  ScheduleActivityTask: ['ActivityTaskScheduled'],
  RequestCancelActivityTask: ['ActivityTaskCancelRequested'],
  StartTimer: ['TimerStarted'],
  CompleteWorkflowExecution: ['WorkflowExecutionCompleted'],
  FailWorkflowExecution: ['WorkflowExecutionFailed'],
  CancelTimer: ['TimerCanceled'],
  CancelWorkflowExecution: ['WorkflowExecutionCanceled'],
  RequestCancelExternalWorkflowExecution: ['RequestCancelExternalWorkflowExecutionInitiated'],
  RecordMarker: ['MarkerRecorded'],
  ContinueAsNewWorkflowExecution: ['WorkflowExecutionContinuedAsNew'],
  StartChildWorkflowExecution: ['StartChildWorkflowExecutionInitiated'],
  SignalExternalWorkflowExecution: ['SignalExternalWorkflowExecutionInitiated'],
  UpsertWorkflowSearchAttributes: ['UpsertWorkflowSearchAttributes'],
  ProtocolMessage: ['WorkflowExecutionUpdateAccepted', 'WorkflowExecutionUpdateCompleted'],
  ModifyWorkflowProperties: ['WorkflowPropertiesModified'],
  ScheduleNexusOperation: ['NexusOperationScheduled'],
  RequestCancelNexusOperation: ['NexusOperationCancelRequested'],
};

const COMMAND_EVENTS: ReadonlySet<EventType> = new Set(Object.values(EVENTS_OF_COMMANDS).flat());

const CLOSING_COMMANDS: ReadonlySet<CommandType> = new Set([
  'CompleteWorkflowExecution',
  'FailWorkflowExecution',
  'CancelWorkflowExecution',
  'ContinueAsNewWorkflowExecution',
] satisfies CommandType[]);

/** Whether `event` only ever comes of a command of workflow code. */
export function isCommandEvent(event: HistoryEvent): boolean {
  return COMMAND_EVENTS.has(event.eventType);
}

export function isClosingCommand(command: Command): boolean {
  return CLOSING_COMMANDS.has(command.commandType);
}

/** Why `event` does not record `command`; undefined when it does. */
export function findMismatch(
  command: Command,
  event: HistoryEvent,
  comparesIdsAndTypes = true,
): string | undefined {
  if (!EVENTS_OF_COMMANDS[command.commandType].includes(event.eventType)) {
    return `${command.commandType} command does not handle this event: ${event.eventType}`;
  }
  const ours = identityOfCommand(command);
  if (ours === undefined || (!comparesIdsAndTypes && UNCOMPARED_ONCE.has(command.commandType)))
    return undefined;
  const theirs = identityOfEvent(event);
  if (ours.id === theirs?.id && ours.type === theirs?.type) return undefined;
  const what = ours.id === theirs?.id ? 'type' : 'id';
  const subject = ours.subject.toLowerCase();
  return `${ours.subject} ${what} of scheduled event '${theirs?.[what]}' does not match ${subject} ${what} of ${subject} command '${ours[what]}'`;
}

/** Commands that SDKs before the flag for it matched by kind alone. */
const UNCOMPARED_ONCE: ReadonlySet<Command['commandType']> = new Set([
  'ScheduleActivityTask',
  'StartChildWorkflowExecution',
]);

interface Identity {
  readonly subject: string;
  readonly id: string;
  readonly type?: string;
}

function identityOfCommand(command: Command): Identity | undefined {
  switch (command.commandType) {
    case 'ScheduleActivityTask':
      return activityIdentity(command.attributes.activityId, command.attributes.activityType.name);
    case 'StartTimer':
    case 'CancelTimer':
      return { subject: 'Timer', id: command.attributes.timerId };
    case 'StartChildWorkflowExecution':
      return childIdentity(command.attributes.workflowId, command.attributes.workflowType.name);
    case 'ScheduleNexusOperation':
      return nexusIdentity(command.attributes);
    case 'RecordMarker':
      return markerIdentity(command.attributes);
    case 'ProtocolMessage':
      return { subject: 'Update', id: command.attributes.messageId };
    default:
      return undefined;
  }
}

function identityOfEvent(event: HistoryEvent): Identity | undefined {
  switch (event.eventType) {
    case 'ActivityTaskScheduled':
      return activityIdentity(event.attributes.activityId, event.attributes.activityType.name);
    case 'TimerStarted':
    case 'TimerCanceled':
      return { subject: 'Timer', id: event.attributes.timerId };
    case 'StartChildWorkflowExecutionInitiated':
      return childIdentity(event.attributes.workflowId, event.attributes.workflowType.name);
    case 'NexusOperationScheduled':
      return nexusIdentity(event.attributes);
    case 'MarkerRecorded':
      return markerIdentity(event.attributes);
    case 'WorkflowExecutionUpdateAccepted':
      return { subject: 'Update', id: `${event.attributes.protocolInstanceId}/request/accept` };
    case 'WorkflowExecutionUpdateCompleted':
      return { subject: 'Update', id: `${event.attributes.meta.updateId}/request/complete` };
    default:
      return undefined;
  }
}

function activityIdentity(id: string, type: string): Identity {
  return { subject: 'Activity', id, type };
}

function childIdentity(id: string, type: string): Identity {
  return { subject: 'Child workflow', id, type };
}

/** The endpoint is where the operation happens to be served, and may change. */
function nexusIdentity({ service = '', operation = '' }: { service?: string; operation?: string }): Identity {
  return { subject: 'Nexus operation', id: `${service}/${operation}` };
}

function markerIdentity(marker: MarkerAttributes): Identity {
  const localActivity = localActivityOfMarker(marker);
  if (localActivity !== undefined) {
    return {
      subject: 'Local activity',
      id: localActivity.data.activity_id,
      type: localActivity.data.activity_type,
    };
  }
  return { subject: 'Change', id: patchOfMarker(marker)?.id ?? marker.markerName };
}

/** A command as an error names it: kind, ID, type. */
export function describeCommand(command: Command): string {
  return `${command.commandType}${describeIdentity(identityOfCommand(command))}`;
}

/** An event as an error names it: number, kind, ID, type. */
export function describeEvent(event: HistoryEvent): string {
  return `${event.eventId} ${event.eventType}${describeIdentity(identityOfEvent(event))}`;
}

function describeIdentity(identity: Identity | undefined): string {
  if (identity === undefined) return '';
  return identity.type === undefined ? ` '${identity.id}'` : ` '${identity.id}' of type '${identity.type}'`;
}
