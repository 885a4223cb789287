import { Buffer } from 'node:buffer';
import Long from 'long';
import { describe, expect, it } from 'vitest';
import { historyFromJson } from '../../../../src/sdk/common/wire/json.ts';
import {
  historyFromProto,
  historyToProto,
  messageFromProto,
  messageToProto,
} from '../../../../src/sdk/common/wire/proto-shape.ts';
import { DescribeWorkflowExecutionResponseSchema } from '../../../../src/sdk/common/wire/requests.ts';
import activity from './histories/activity.json' with { type: 'json' };

const events = historyToProto(historyFromJson(activity)).events;
const [started] = events;
const scheduled = events.find((event) => event.activityTaskScheduledEventAttributes);

describe('objects in the shape of protobufjs', () => {
  it('what is not set reads as its zero value, and messages as null', () => {
    const attributes = started?.workflowExecutionStartedEventAttributes;
    expect(attributes).toMatchObject({ cronSchedule: '', parentWorkflowExecution: null, initiator: 0 });
    expect(attributes?.parentInitiatedEventId).toEqual(Long.ZERO);
    expect(Object.keys(attributes ?? {})).not.toContain('cronSchedule');
    expect(started?.timerFiredEventAttributes).toBe(null);
    expect(started).toMatchObject({ workerMayIgnore: false, version: Long.ZERO });
  });

  it("lists and maps are there when they are empty, and of each object's own", () => {
    const describe = () =>
      messageToProto(DescribeWorkflowExecutionResponseSchema, {
        executionConfig: {},
        workflowExecutionInfo: {},
      });
    const [first, second] = [describe(), describe()];
    expect(first).toMatchObject({ pendingActivities: [], pendingChildren: [], pendingWorkflowTask: null });
    expect(first.pendingActivities).not.toBe(second.pendingActivities);
    expect(messageFromProto(DescribeWorkflowExecutionResponseSchema, first)).not.toHaveProperty(
      'pendingActivities',
    );
  });

  it('an event and a failure name the member that is set', () => {
    expect(started).toHaveProperty('attributes', 'workflowExecutionStartedEventAttributes');
    expect(scheduled).toHaveProperty('attributes', 'activityTaskScheduledEventAttributes');
    const [failed] = historyToProto([
      {
        eventId: 1,
        eventTime: 0,
        eventType: 'WorkflowExecutionFailed',
        attributes: {
          failure: { message: 'no', applicationFailureInfo: { type: 'T' } },
          retryState: 'TIMEOUT',
          workflowTaskCompletedEventId: 4,
        },
      },
    ]).events;
    expect(failed?.workflowExecutionFailedEventAttributes?.failure).toMatchObject({
      failureInfo: 'applicationFailureInfo',
      stackTrace: '',
      cause: null,
    });
  });

  it('bytes are Buffers, whose text can be read', () => {
    const [payload] = scheduled?.activityTaskScheduledEventAttributes?.input?.payloads ?? [];
    expect(Buffer.isBuffer(payload?.data)).toBe(true);
    expect(payload?.metadata?.encoding?.toString()).toBe('json/plain');
  });

  it('JSON has names for enums, text for int64 and for bytes', () => {
    const json = JSON.parse(JSON.stringify(started));
    expect(json).toMatchObject({
      eventId: '1',
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
      eventTime: { seconds: expect.stringMatching(/^\d+$/) },
      workflowExecutionStartedEventAttributes: { taskQueue: { kind: 'TASK_QUEUE_KIND_NORMAL' } },
    });
    expect(JSON.parse(JSON.stringify(scheduled?.activityTaskScheduledEventAttributes?.input))).toEqual({
      payloads: [{ metadata: { encoding: btoa('json/plain') }, data: expect.any(String) }],
    });
  });

  it('carries the names of the messages', () => {
    expect(started?.constructor.name).toBe('HistoryEvent');
    expect(started?.eventTime?.constructor.name).toBe('Timestamp');
  });

  it('reads back as the events they are', () => {
    expect(historyFromProto({ events })).toEqual(historyFromJson(activity));
  });
});
