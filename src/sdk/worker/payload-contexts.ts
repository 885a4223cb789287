/**
 * Whose each payload of a workflow task is, as codecs are told: they may have a key for each owner, so what was encoded for one
 * has to be decoded for the same (CONV-7).
 *
 * C1 Arguments, outcome and summary of an activity are the activity's; those of a child, and what a workflow is signalled with,
 *    are that workflow's; all else is the run's own workflow's.
 * C2 Events after the one that scheduled an activity name that event and not the activity, and a task often brings only them.
 */

import { localActivityOfMarker, type MarkerAttributes } from '../../executor/local-activity-marker.ts';
import type { SerializationContext } from '../common/converter/serialization-context.ts';
import type { Command } from '../common/wire/commands.ts';
import type { HistoryEvent } from '../common/wire/events.ts';

const RUNS_MAX = 1000;

/** C2: the IDs of activities, by the event that scheduled them. */
type ActivityIds = Map<number, string>;

/** The activities of the runs that were seen last. */
export class KnownActivities {
  readonly #runs = new Map<string, ActivityIds>();

  of(runId: string): ActivityIds {
    const ids = this.#runs.get(runId) ?? new Map<number, string>();
    this.#runs.delete(runId);
    this.#runs.set(runId, ids);
    for (const oldest of this.#runs.keys()) {
      if (this.#runs.size <= RUNS_MAX) break;
      this.#runs.delete(oldest);
    }
    return ids;
  }
}

export class PayloadContexts {
  readonly workflow: SerializationContext;
  readonly #namespace: string;
  readonly #workflowId: string;
  readonly #activityIds: ActivityIds;

  constructor(namespace: string, workflowId: string, activityIds: ActivityIds = new Map()) {
    this.workflow = { type: 'workflow', namespace, workflowId };
    this.#namespace = namespace;
    this.#workflowId = workflowId;
    this.#activityIds = activityIds;
  }

  /** Notes what `events` schedule; what came before them is loaded when they are about an activity that is not known. */
  async learn(
    events: readonly HistoryEvent[],
    loadHistory: () => readonly HistoryEvent[] | Promise<readonly HistoryEvent[]>,
  ): Promise<void> {
    this.#note(events);
    const isUnknown = (event: HistoryEvent) => {
      const scheduled = scheduledEventOf(event);
      return scheduled !== undefined && !this.#activityIds.has(scheduled);
    };
    if (events.some(isUnknown)) this.#note(await loadHistory());
  }

  #note(events: readonly HistoryEvent[]): void {
    for (const event of events) {
      if (event.eventType === 'ActivityTaskScheduled')
        this.#activityIds.set(event.eventId, event.attributes.activityId);
    }
  }

  /** Of an event or a command. */
  of(message: HistoryEvent | Command): SerializationContext {
    if ('commandType' in message) return this.#ofCommand(message);
    const scheduled = scheduledEventOf(message);
    if (scheduled !== undefined) return this.#activity(this.#activityIds.get(scheduled), false);
    switch (message.eventType) {
      case 'ActivityTaskScheduled':
        return this.#activity(message.attributes.activityId, false);
      case 'MarkerRecorded':
        return this.#ofMarker(message.attributes);
      case 'StartChildWorkflowExecutionInitiated':
        return this.#other(message.attributes.workflowId);
      case 'ChildWorkflowExecutionCompleted':
      case 'ChildWorkflowExecutionFailed':
      case 'ChildWorkflowExecutionCanceled':
      case 'SignalExternalWorkflowExecutionInitiated':
        return this.#other(message.attributes.workflowExecution?.workflowId);
      default:
        return this.workflow;
    }
  }

  #ofCommand(command: Command): SerializationContext {
    switch (command.commandType) {
      case 'ScheduleActivityTask':
        return this.#activity(command.attributes.activityId, false);
      case 'StartChildWorkflowExecution':
        return this.#other(command.attributes.workflowId);
      case 'SignalExternalWorkflowExecution':
        return this.#other(command.attributes.execution.workflowId);
      case 'RecordMarker':
        return this.#ofMarker(command.attributes);
      default:
        return this.workflow;
    }
  }

  #ofMarker(marker: MarkerAttributes): SerializationContext {
    const localActivity = localActivityOfMarker(marker);
    return localActivity ? this.#activity(localActivity.data.activity_id, true) : this.workflow;
  }

  #other(workflowId: string | undefined): SerializationContext {
    return workflowId ? { type: 'workflow', namespace: this.#namespace, workflowId } : this.workflow;
  }

  #activity(activityId: string | undefined, isLocal: boolean): SerializationContext {
    const owner = { namespace: this.#namespace, workflowId: this.#workflowId };
    return { type: 'activity', ...owner, ...(activityId && { activityId }), isLocal };
  }
}

/** The event that scheduled the activity whose attempt started or ended. */
function scheduledEventOf(event: HistoryEvent): number | undefined {
  switch (event.eventType) {
    case 'ActivityTaskStarted':
    case 'ActivityTaskCompleted':
    case 'ActivityTaskFailed':
    case 'ActivityTaskTimedOut':
    case 'ActivityTaskCanceled':
      return event.attributes.scheduledEventId;
    default:
      return undefined;
  }
}
