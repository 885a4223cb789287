/** What schedules become on the way to the service and back: protobuf objects, whose times have seconds and nanos. */
import { msOptionalToTs, msToTs, optionalDateToTs } from '../../common/deprecated-time.ts';
import type { Workflow } from '../../common/interfaces.ts';
import { messageFromProto } from '../../common/wire/proto-shape.ts';
import {
  ScheduleSpecSchema,
  type WireScheduleSpec,
  type WireStructuredCalendar,
} from '../../common/wire/schedule-requests.ts';
import { decodeCalendar, decodeScheduleSpec as decodeSpec, encodeCalendar } from '../schedule-calendars.ts';
import { compileAction } from '../schedule-codecs.ts';
import {
  type CalendarSpec,
  type CalendarSpecDescription,
  type CompiledScheduleOptions,
  type CompiledScheduleUpdateOptions,
  encodeScheduleOverlapPolicy,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  type ScheduleSpec,
  type ScheduleSpecDescription,
  type ScheduleUpdateOptions,
} from '../schedule-types.ts';

export function encodeOptionalStructuredCalendarSpecs(
  input: CalendarSpec[] | null | undefined,
): WireStructuredCalendar[] | undefined {
  return input?.map(
    (calendar) => ({ ...encodeCalendar(calendar), comment: calendar.comment }) as WireStructuredCalendar,
  );
}

export function decodeOptionalStructuredCalendarSpecs(
  input: WireStructuredCalendar[] | null | undefined,
): CalendarSpecDescription[] {
  return (input ?? []).map(decodeCalendar);
}

/** The workflow by name, its arguments a list, and an ID for it. */
export function compileScheduleOptions(options: ScheduleOptions): CompiledScheduleOptions {
  return { ...options, action: compileAction(options.scheduleId, options.action) };
}

export function compileUpdatedScheduleOptions<W extends Workflow>(
  scheduleId: string,
  options: ScheduleUpdateOptions<ScheduleOptionsStartWorkflowAction<W>>,
): CompiledScheduleUpdateOptions {
  return { ...options, action: compileAction(scheduleId, options.action) };
}

export function encodeScheduleSpec(spec: ScheduleSpec) {
  return {
    structuredCalendar: encodeOptionalStructuredCalendarSpecs(spec.calendars),
    interval: spec.intervals?.map(({ every, offset }) => ({
      interval: msToTs(every),
      phase: msOptionalToTs(offset),
    })),
    cronString: spec.cronExpressions,
    excludeStructuredCalendar: encodeOptionalStructuredCalendarSpecs(spec.skip),
    startTime: optionalDateToTs(spec.startAt),
    endTime: optionalDateToTs(spec.endAt),
    jitter: msOptionalToTs(spec.jitter),
    timezoneName: spec.timezone,
  };
}

export function decodeScheduleSpec(spec: object): ScheduleSpecDescription {
  // The schema says what comes of it.
  return decodeSpec(messageFromProto(ScheduleSpecSchema, spec) as WireScheduleSpec);
}

export function encodeSchedulePolicies(policies: ScheduleOptions['policies']) {
  return {
    catchupWindow: msOptionalToTs(policies?.catchupWindow),
    overlapPolicy: policies?.overlap ? encodeScheduleOverlapPolicy(policies.overlap) : undefined,
    pauseOnFailure: policies?.pauseOnFailure,
  };
}
