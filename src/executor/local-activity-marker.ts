/** The marker that records how a local activity ended (LA-1). Field names are Temporal's. */
import type { CommandOf } from '../sdk/common/wire/commands.ts';
import type { EventAttributes } from '../sdk/common/wire/events.ts';
import type { Failure, Payload } from '../sdk/common/wire/messages.ts';
import { decodeJson, jsonPayload } from './json-payload.ts';

const LOCAL_ACTIVITY_MARKER = 'core_local_activity';

export interface ProtoTime {
  seconds: number;
  nanos: number;
}

export interface LocalActivityMarkerData {
  seq: number;
  attempt: number;
  activity_id: string;
  activity_type: string;
  complete_time: ProtoTime | null;
  backoff: ProtoTime | null;
  original_schedule_time: ProtoTime | null;
}

export interface LocalActivityMarker {
  data: LocalActivityMarkerData;
  result: Payload | undefined;
  failure: Failure | undefined;
}

export type MarkerAttributes = Pick<EventAttributes<'MarkerRecorded'>, 'markerName' | 'details' | 'failure'>;

export function toProtoTime(ms: number): ProtoTime {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}

export function fromProtoTime(time: ProtoTime | null | undefined): number | undefined {
  return time == null ? undefined : time.seconds * 1000 + (time.nanos ?? 0) / 1_000_000;
}

export function localActivityMarkerCommand(marker: LocalActivityMarker): CommandOf<'RecordMarker'> {
  const { data, result, failure } = marker;
  return {
    commandType: 'RecordMarker',
    attributes: {
      markerName: LOCAL_ACTIVITY_MARKER,
      details: {
        data: { payloads: [jsonPayload(data)] },
        ...(result && { result: { payloads: [result] } }),
      },
      ...(failure && { failure }),
    },
  };
}

/** The local activity that a marker records; undefined when it is any other marker. */
export function localActivityOfMarker(marker: MarkerAttributes): LocalActivityMarker | undefined {
  if (marker.markerName !== LOCAL_ACTIVITY_MARKER) return undefined;
  const data = decodeJson(marker.details?.data?.payloads?.[0]);
  if (!isMarkerData(data)) return undefined;
  return { data, result: marker.details?.result?.payloads?.[0], failure: marker.failure };
}

function isMarkerData(data: unknown): data is LocalActivityMarkerData {
  return typeof data === 'object' && data !== null && 'seq' in data && typeof data.seq === 'number';
}
