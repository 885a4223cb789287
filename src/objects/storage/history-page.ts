/** How much history goes over one RPC, which the platform limits to 32 MiB. */
import { eventBytes } from '../../engine/size.ts';
import type { HistoryEvent } from '../../sdk/common/wire/events.ts';

export const PAGE_BYTES_MAX = 16 * 1024 * 1024;

/** The first of `events` that fit together, and always one. */
export function fitting(events: HistoryEvent[]): HistoryEvent[] {
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    bytes += eventBytes(event);
    if (bytes > PAGE_BYTES_MAX && index > 0) return events.slice(0, index);
  }
  return events;
}

export const fitsOnePage = (events: HistoryEvent[]): boolean => fitting(events).length === events.length;
