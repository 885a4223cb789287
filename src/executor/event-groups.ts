/**
 * Labels that group events in user interfaces. A command carries those that it was given and those of the scopes around it, and so
 * do the events that come of it. They mean nothing to replay.
 */
import { defaultPayloadConverter } from '../sdk/common/converter/payload-converter.ts';
import type { Command } from '../sdk/common/wire/commands.ts';
import type { WireEventGroupMarker } from '../sdk/common/wire/event-groups.ts';
import type { Payload } from '../sdk/common/wire/messages.ts';
import { type EventGroups, maybeContext, requireContext, requireRun, runInContext } from './context.ts';
import { sha1Hex } from './sha1.ts';

/** @experimental */
export interface EventGroupMarker {
  /** Runs `fn`; what it starts belongs to the group. */
  withScope<T>(fn: () => Promise<T>): Promise<T>;
}

/**
 * A group of events. Activities, timers, children and the like belong to it by their option `eventGroups`, or because they are started
 * in its scope. Groups of one ID are one, under the label of the first; without an ID it follows from the label.
 *
 * @experimental
 */
export function createEventGroup(label: string, options?: { id?: string }): EventGroupMarker {
  const run = requireRun('createEventGroup(...) may only be used from a Workflow Execution');
  const original = run.started?.attributes.originalExecutionRunId ?? run.runId;
  return new LabelledGroup(options?.id ?? sha1Hex(original + label), label);
}

class LabelledGroup implements EventGroupMarker {
  readonly id: string;
  readonly label: string;

  constructor(id: string, label: string) {
    this.id = id;
    this.label = label;
  }

  withScope<T>(fn: () => Promise<T>): Promise<T> {
    const context = requireContext(
      'EventGroupMarker.withScope(...) may only be used from a Workflow Execution',
    );
    const eventGroups = new Map(context.eventGroups).set(this.id, this.toWire());
    return runInContext({ ...context, eventGroups }, fn);
  }

  /** By the default converter whatever the run's own is: user interfaces read the label as JSON text. */
  toWire(): WireEventGroupMarker {
    // The default converter takes any text.
    const label = defaultPayloadConverter.toPayload(this.label) as Payload;
    return { label: { id: this.id, label } };
  }
}

const MESSAGE = Symbol('message');

/** What a message's handler does belongs to the message, and to no group around whatever delivered it. */
export const groupsOfMessage = (marker: WireEventGroupMarker): EventGroups => new Map([[MESSAGE, marker]]);

/** A command that was given no groups belongs to those around the caller. */
export function withEventGroups(command: Command): Command {
  const isOwn = command.eventGroupMarkers !== undefined || command.commandType === 'ProtocolMessage';
  if (isOwn || maybeContext()?.eventGroups === undefined) return command;
  return { ...command, ...eventGroupsOf(undefined) };
}

/** The member of a command that says which groups it belongs to: those around the caller, then those that it was given. */
export function eventGroupsOf(given: readonly EventGroupMarker[] | undefined): {
  eventGroupMarkers?: WireEventGroupMarker[];
} {
  const around = maybeContext()?.eventGroups;
  if (around === undefined && !given?.length) return {};
  const groups = new Map(around);
  for (const group of given ?? []) {
    if (!(group instanceof LabelledGroup))
      throw new TypeError('eventGroups: expected what createEventGroup gives');
    groups.set(group.id, group.toWire());
  }
  return { eventGroupMarkers: [...groups.values()] };
}
