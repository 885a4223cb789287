/** The calls on schedules. */
import { EmptyResponseSchema } from '../../common/wire/requests.ts';
import {
  CountSchedulesRequestSchema,
  CountSchedulesResponseSchema,
  CreateScheduleRequestSchema,
  CreateScheduleResponseSchema,
  DeleteScheduleRequestSchema,
  DescribeScheduleRequestSchema,
  DescribeScheduleResponseSchema,
  ListScheduleMatchingTimesRequestSchema,
  ListScheduleMatchingTimesResponseSchema,
  ListSchedulesRequestSchema,
  ListSchedulesResponseSchema,
  PatchScheduleRequestSchema,
  UpdateScheduleRequestSchema,
} from '../../common/wire/schedule-requests.ts';
import { defineCall, messageResponse } from './call.ts';

const schedules = '/namespaces/{namespace}/schedules';
const schedule = `${schedules}/{scheduleId}`;
const empty = messageResponse(EmptyResponseSchema);

export const scheduleCalls = {
  createSchedule: defineCall({
    path: schedule,
    request: CreateScheduleRequestSchema,
    response: messageResponse(CreateScheduleResponseSchema),
  }),
  describeSchedule: defineCall({
    method: 'GET',
    path: schedule,
    request: DescribeScheduleRequestSchema,
    response: messageResponse(DescribeScheduleResponseSchema),
  }),
  updateSchedule: defineCall({
    path: `${schedule}/update`,
    request: UpdateScheduleRequestSchema,
    response: empty,
  }),
  patchSchedule: defineCall({
    path: `${schedule}/patch`,
    request: PatchScheduleRequestSchema,
    response: empty,
  }),
  listScheduleMatchingTimes: defineCall({
    method: 'GET',
    path: `${schedule}/matching-times`,
    request: ListScheduleMatchingTimesRequestSchema,
    response: messageResponse(ListScheduleMatchingTimesResponseSchema),
  }),
  deleteSchedule: defineCall({
    method: 'DELETE',
    path: schedule,
    request: DeleteScheduleRequestSchema,
    response: empty,
  }),
  listSchedules: defineCall({
    method: 'GET',
    path: schedules,
    request: ListSchedulesRequestSchema,
    response: messageResponse(ListSchedulesResponseSchema),
  }),
  countSchedules: defineCall({
    method: 'GET',
    path: '/namespaces/{namespace}/schedule-count',
    request: CountSchedulesRequestSchema,
    response: messageResponse(CountSchedulesResponseSchema),
  }),
} as const;
