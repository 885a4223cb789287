/** Temporal's protobuf messages: beside what the client and the worker give, and in codecs. */
import { Client } from 'perdure/client';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from 'perdure/common';
import proto, { coresdk, google, temporal } from 'perdure/proto';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { Worker } from 'perdure/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CALLS } from '../../../src/sdk/client/calls/index.ts';
import { EVENTS } from '../../../src/sdk/common/wire/events.ts';
import type { AnyField } from '../../../src/sdk/common/wire/schema.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const { Payload: PayloadMessage } = temporal.api.common.v1;
const { EventType, WorkflowExecutionStatus } = temporal.api.enums.v1;

/** As encryption codecs do: the whole payload as bytes. */
const wrapping: PayloadCodec = {
  encode: async (payloads) =>
    payloads.map((payload) => ({
      metadata: { encoding: new TextEncoder().encode('binary/wrapped') },
      data: PayloadMessage.encode(payload).finish(),
    })),
  decode: async (payloads) =>
    payloads.map(({ data }): Payload => PayloadMessage.decode(data ?? new Uint8Array())),
};

describe('perdure/proto', () => {
  let env: TestWorkflowEnvironment;

  beforeAll(async () => {
    env = await TestWorkflowEnvironment.createLocal();
  });
  afterAll(() => env.teardown());

  it('has the names of the package', () => {
    expect(proto.temporal).toBe(temporal);
    expect(coresdk.workflow_activation).toBeDefined();
    expect(google.protobuf.Timestamp.create({ nanos: 1 }).nanos).toBe(1);
  });

  it('numbers its enums as the client does', () => {
    for (const { jsonType, number } of Object.values(EVENTS))
      expect(EventType[jsonType as never]).toBe(number);
    const enums = temporal.api.enums.v1 as unknown as Record<string, Record<string, number>>;
    const all = Object.assign({}, ...Object.values(enums)) as Record<string, number>;
    const seen = new Set<AnyField>();
    const visit = (field: AnyField): void => {
      if (seen.has(field)) return;
      seen.add(field);
      if (field.kind === 'enum') {
        for (const [name, value] of Object.entries(field.values))
          if (`${field.prefix}${name}` in all)
            expect([name, all[`${field.prefix}${name}`]]).toEqual([name, value]);
      } else if (field.kind === 'message') Object.values(field.fields).forEach(visit);
      else if (field.kind === 'list' || field.kind === 'map') visit(field.element as AnyField);
      else if (field.kind === 'required') visit(field.field as AnyField);
      else if (field.kind === 'lazy') visit(field.target());
    };
    for (const call of Object.values(CALLS)) {
      visit(call.request);
      visit(call.response.schema);
    }
    expect([...seen].filter(({ kind }) => kind === 'enum').length).toBeGreaterThan(10);
  });

  it('makes codecs, reads histories and raw replies, and writes raw requests', async () => {
    const client = new Client({ connection: env.connection, dataConverter: { payloadCodecs: [wrapping] } });
    const handle = await client.workflow.start('none', {
      taskQueue: 'none',
      workflowId: 'proto',
      args: ['x'],
    });
    const { events = [] } = await handle.fetchHistory();
    const history = temporal.api.history.v1.History.fromObject({ events });
    const decoded = temporal.api.history.v1.History.decode(
      temporal.api.history.v1.History.encode(history).finish(),
    );
    expect(decoded.events[0]?.eventType).toBe(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED);
    const [payload] = decoded.events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const [inner] = await wrapping.decode([payload ?? {}]);
    expect(defaultPayloadConverter.fromPayload(inner ?? {})).toBe('x');
    const reply = await client.workflowService.describeWorkflowExecution(
      temporal.api.workflowservice.v1.DescribeWorkflowExecutionRequest.create({
        namespace: 'default',
        execution: { workflowId: 'proto' },
      }),
    );
    expect(reply.workflowExecutionInfo.status).toBe(
      WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING,
    );
    await expect(Worker.runReplayHistory({ workflowBundle: { code: '' } }, decoded)).rejects.toThrow(
      'The workflow bundle has no default export',
    );
  });
});
