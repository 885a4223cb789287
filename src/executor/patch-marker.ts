/** The marker of `patched()` and `deprecatePatch()` (PATCH-3), and the search attribute that lists a run's patches (PATCH-5). */
import type { CommandOf } from '../sdk/common/wire/commands.ts';
import type { HistoryEvent } from '../sdk/common/wire/events.ts';
import { decodeJson, jsonPayload } from './json-payload.ts';
import type { MarkerAttributes } from './local-activity-marker.ts';

const PATCH_MARKER = 'core_patch';
const PATCH_DETAIL = 'patch-data';
const CHANGE_VERSION = 'TemporalChangeVersion';
/** A list of patches this long is not written any more (PATCH-5). */
const CHANGE_VERSION_BYTES_MAX = 2048;

export interface PatchMarker {
  id: string;
  deprecated: boolean;
}

export function patchMarkerCommand(patch: PatchMarker): CommandOf<'RecordMarker'> {
  const payload = jsonPayload({ id: patch.id, deprecated: patch.deprecated });
  return {
    commandType: 'RecordMarker',
    attributes: { markerName: PATCH_MARKER, details: { [PATCH_DETAIL]: { payloads: [payload] } } },
  };
}

/** The patch that a marker stands for; undefined when it is any other marker. */
export function patchOfMarker(marker: MarkerAttributes): PatchMarker | undefined {
  if (marker.markerName !== PATCH_MARKER) return undefined;
  const data = decodeJson(marker.details?.[PATCH_DETAIL]?.payloads?.[0]);
  if (typeof data !== 'object' || data === null || !('id' in data) || typeof data.id !== 'string')
    return undefined;
  return { id: data.id, deprecated: 'deprecated' in data && data.deprecated === true };
}

export function upsertsChangeVersion(event: HistoryEvent): boolean {
  return (
    event.eventType === 'UpsertWorkflowSearchAttributes' &&
    event.attributes.searchAttributes?.indexedFields?.[CHANGE_VERSION] !== undefined
  );
}

/** The command that lists `patchIds` for visibility; undefined when the list has grown too long. */
export function changeVersionCommand(
  patchIds: readonly string[],
): CommandOf<'UpsertWorkflowSearchAttributes'> | undefined {
  const payload = jsonPayload([...patchIds].sort(byCodePoint), { type: 'KeywordList' });
  if ((payload.data?.length ?? 0) >= CHANGE_VERSION_BYTES_MAX) return undefined;
  return {
    commandType: 'UpsertWorkflowSearchAttributes',
    attributes: { searchAttributes: { indexedFields: { [CHANGE_VERSION]: payload } } },
  };
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
