/** Records what the checked commands of a completion decide (`check-commands.ts`). Nothing here can be refused. */
import type { Command } from '../sdk/common/wire/commands.ts';
import { scheduledAttributes } from './activity-options.ts';
import { cancelWaitingActivity } from './activity-results.ts';
import { isClosingCommand } from './check-commands.ts';
import { startChild } from './child-machine.ts';
import { cancelExternal, signalExternal } from './external-machine.ts';
import { cancelNexus, scheduleNexus } from './nexus-machine.ts';
import type { RunTurn } from './run-turn.ts';
import { withAttributeTypes } from './search-attributes.ts';
import { cancelTimer, startTimer } from './timer-machine.ts';
import { recordUpdateResponse } from './update-machine.ts';
import type { UpdateResponse } from './workflow-task.ts';

/** Records all but the closing command, with the updates at the places that ProtocolMessage commands give them. */
export function applyCommands(
  turn: RunTurn,
  taskEventId: number,
  commands: readonly Command[],
  responses: readonly UpdateResponse[],
): void {
  const unplaced = new Set(responses);
  for (const command of commands) {
    if (command.commandType !== 'ProtocolMessage') {
      if (isClosingCommand(command)) continue;
      turn.groupNext(command.eventGroupMarkers);
      applyCommand(turn, taskEventId, command);
      turn.groupNext(undefined);
      continue;
    }
    const { messageId } = command.attributes;
    for (const response of unplaced) {
      if (response.kind === 'rejected' || response.messageId !== messageId) continue;
      recordUpdateResponse(turn, response);
      unplaced.delete(response);
    }
  }
  for (const response of unplaced) recordUpdateResponse(turn, response);
}

function applyCommand(turn: RunTurn, taskEventId: number, command: Command): void {
  switch (command.commandType) {
    case 'ScheduleActivityTask': {
      const { userMetadata } = command;
      const attributes = scheduledAttributes(turn.run, command.attributes, taskEventId);
      turn.record('ActivityTaskScheduled', attributes, { userMetadata });
      return;
    }
    case 'RequestCancelActivityTask': {
      const { scheduledEventId } = command.attributes;
      turn.record('ActivityTaskCancelRequested', {
        scheduledEventId,
        workflowTaskCompletedEventId: taskEventId,
      });
      const activity = turn.run.activities.get(scheduledEventId);
      if (activity?.phase.state === 'waiting') cancelWaitingActivity(turn, activity);
      return;
    }
    case 'StartTimer':
      startTimer(turn, taskEventId, command.attributes, command.userMetadata);
      return;
    case 'CancelTimer':
      cancelTimer(turn, taskEventId, command.attributes.timerId);
      return;
    case 'StartChildWorkflowExecution':
      startChild(turn, taskEventId, command.attributes, command.userMetadata);
      return;
    case 'SignalExternalWorkflowExecution':
      signalExternal(turn, taskEventId, command.attributes);
      return;
    case 'RequestCancelExternalWorkflowExecution':
      cancelExternal(turn, taskEventId, command.attributes);
      return;
    case 'ScheduleNexusOperation':
      scheduleNexus(turn, taskEventId, command.attributes, command.userMetadata);
      return;
    case 'RequestCancelNexusOperation':
      cancelNexus(turn, taskEventId, command.attributes);
      return;
    case 'RecordMarker': {
      const attributes = { ...command.attributes, workflowTaskCompletedEventId: taskEventId };
      turn.record('MarkerRecorded', attributes, { userMetadata: command.userMetadata });
      return;
    }
    case 'UpsertWorkflowSearchAttributes':
      turn.record('UpsertWorkflowSearchAttributes', {
        ...command.attributes,
        ...(command.attributes.searchAttributes && {
          searchAttributes: withAttributeTypes(command.attributes.searchAttributes, turn.context),
        }),
        workflowTaskCompletedEventId: taskEventId,
      });
      return;
    case 'ModifyWorkflowProperties':
      turn.record('WorkflowPropertiesModified', {
        ...command.attributes,
        workflowTaskCompletedEventId: taskEventId,
      });
      return;
    default:
      throw new Error(`${command.commandType} is not applied here`);
  }
}
