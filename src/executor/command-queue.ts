/**
 * Commands that workflow code has made and history has not recorded yet.
 *
 * Q1. Order is the order in which code made them; the first closing command goes last and later ones are dropped (WFT-8).
 * Q2. A command that was cancelled before it was sent is never sent and matches nothing (ACT-14, TMR-4, CHILD-10).
 * Q3. Each command event of history takes the front command, which must be the same (NDE-1). Nothing else leaves the queue.
 */
import type { Command } from '../sdk/common/wire/commands.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import { describeCommand, describeEvent, findMismatch, isClosingCommand } from './command-matching.ts';
import type { Operation } from './operation.ts';
import { patchOfMarker, upsertsChangeVersion } from './patch-marker.ts';

export interface CommandEntry {
  readonly command: Command;
  /** Hears of the event that records the command. */
  readonly operation?: Operation | undefined;
  /** Set on patch markers: the patch's ID. */
  readonly patchId?: string | undefined;
  /** Cancelled before it was sent (Q2). */
  dropped: boolean;
}

export type MatchResult = 'matched' | 'skip-event' | 'skip-event-and-next';

/** Makes the error for a mismatch; the queue knows commands and events, its owner knows the run. */
export type NondeterminismReporter = (message: string) => Error;

/** What holds for the task at hand: histories of older SDKs were made under other rules (NDE-6). */
export interface QueueRules {
  comparesIdsAndTypes(): boolean;
  /** What follows a closing command is sent before it (Q1), and not dropped. */
  keepsAfterClosing(): boolean;
}

export class CommandQueue {
  #entries: CommandEntry[] = [];
  #closing: CommandEntry | undefined;
  readonly #nondeterminism: NondeterminismReporter;
  readonly #rules: QueueRules;

  constructor(nondeterminism: NondeterminismReporter, rules: QueueRules) {
    this.#nondeterminism = nondeterminism;
    this.#rules = rules;
  }

  push(command: Command, operation?: Operation, patchId?: string): CommandEntry {
    const dropped = this.#closing !== undefined && !this.#rules.keepsAfterClosing();
    const entry: CommandEntry = { command, operation, patchId, dropped };
    if (!isClosingCommand(command)) this.#entries.push(entry);
    else this.#closing ??= entry;
    return entry;
  }

  /** True once code has made a closing command. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** The commands to send (Q1, Q2). They stay queued until their events come. */
  pending(): Command[] {
    const commands: Command[] = [];
    for (const entry of this.#entries) if (!entry.dropped) commands.push(entry.command);
    if (this.#closing !== undefined) commands.push(this.#closing.command);
    return commands;
  }

  /** Takes the command that `event` records (Q3). `next` is the event after it. */
  match(event: HistoryEvent, next: HistoryEvent | undefined): MatchResult {
    const patch = event.eventType === 'MarkerRecorded' ? patchOfMarker(event.attributes) : undefined;
    for (;;) {
      const entry = this.#front();
      if (patch !== undefined && entry?.patchId !== patch.id) {
        if (patch.deprecated)
          return next && upsertsChangeVersion(next) ? 'skip-event-and-next' : 'skip-event';
        if (entry?.patchId === undefined) throw this.#unexpectedPatch(event, patch.id);
      }
      this.#shift();
      // A patch call leaves nothing behind where history has no marker for it.
      if (entry?.patchId !== undefined && patch === undefined) continue;
      if (entry === undefined)
        throw this.#nondeterminism(`No command scheduled for event ${describeEvent(event)}`);
      const mismatch = findMismatch(entry.command, event, this.#rules.comparesIdsAndTypes());
      if (mismatch !== undefined) throw this.#mismatch(mismatch, entry.command, event);
      entry.operation?.recorded(event);
      return 'matched';
    }
  }

  #front(): CommandEntry | undefined {
    while (this.#entries[0]?.dropped) this.#entries.shift();
    return this.#entries[0] ?? this.#closing;
  }

  #shift(): void {
    if (this.#entries.shift() === undefined) this.#closing = undefined;
  }

  #unexpectedPatch(event: HistoryEvent, patchId: string): Error {
    return this.#nondeterminism(
      `Non-deprecated patch marker encountered for change ${patchId}, but there is no corresponding change command! ` +
        `(event ${describeEvent(event)})`,
    );
  }

  #mismatch(reason: string, command: Command, event: HistoryEvent): Error {
    return this.#nondeterminism(
      `${reason} (command ${describeCommand(command)}, event ${describeEvent(event)})`,
    );
  }
}
