/** What the operations of a run (timers, activities, children, ...) have in common. */
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import type { Failure, Payload } from '../sdk/common/wire/messages.ts';

/** How an operation ended, as an activation job brings it to workflow code. */
export type Resolution =
  | { readonly status: 'completed'; readonly payload?: Payload | undefined }
  | { readonly status: 'failed'; readonly failure: Failure };

/**
 * One thing that workflow code began by a command. `recorded` is called with the event that the command became, `handleEvent`
 * with every later event that names it; what those mean for workflow code is queued as a job of the next activation.
 */
export interface Operation {
  recorded(event: HistoryEvent): void;
  handleEvent(event: HistoryEvent): void;
}
