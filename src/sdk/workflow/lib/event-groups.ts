export { createEventGroup, type EventGroupMarker } from '../../../executor/event-groups.ts';
