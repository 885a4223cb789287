/** The specs of schedules, as the engine asks for them. */
import type { ScheduleSpecs } from '../engine/schedule/times-port.ts';
import { compileSpec } from './compile-spec.ts';
import { scheduleTimes } from './schedule-times.ts';

export const scheduleSpecs: ScheduleSpecs = { compile: compileSpec, times: scheduleTimes };
