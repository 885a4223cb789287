/** Markers that group commands and events for user interfaces. One member of the three is set. */
import { PayloadSchema } from './messages.ts';
import { type Infer, i64, message, str } from './schema.ts';

export const EventGroupMarkerSchema = message('EventGroupMarker', {
  label: message('Label', { id: str, label: PayloadSchema }),
  inboundEvent: message('InboundEvent', { inboundEventId: i64 }),
  inboundUpdate: message('InboundUpdate', { inboundUpdateId: str }),
});
export type WireEventGroupMarker = Infer<typeof EventGroupMarkerSchema>;
