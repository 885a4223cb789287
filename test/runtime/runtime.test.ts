import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WorkflowTask, WorkflowTaskCompletion } from '../../src/engine/workflow-task.ts';
import { withPayloadCodecs } from '../../src/runtime/codecs.ts';
import { assertCompatibilityFlags } from '../../src/runtime/compatibility-flags.ts';
import { sinkAbove } from '../../src/runtime/logger.ts';
import type { PayloadCodec } from '../../src/sdk/common/converter/payload-codec.ts';
import type { Payload } from '../../src/sdk/common/wire/messages.ts';
import { VERSION } from '../../src/version.ts';

describe('compatibility flags', () => {
  const platform = (flags: Record<string, boolean>) => ({ Cloudflare: { compatibilityFlags: flags } });

  it('that are missing are named, with the line to add', () => {
    const check = () =>
      assertCompatibilityFlags(platform({ nodejs_compat: true, enable_request_signal: false }));
    expect(check).toThrow('enable_request_signal');
    expect(check).toThrow('compatibility_flags = ["nodejs_compat", "enable_request_signal"]');
  });

  it('that are there, or not to be known, are no reason to refuse', () => {
    expect(() =>
      assertCompatibilityFlags(platform({ nodejs_compat: true, enable_request_signal: true })),
    ).not.toThrow();
    expect(() => assertCompatibilityFlags({})).not.toThrow();
  });
});

describe('the version', () => {
  it('is that of the package', () => {
    const text = readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8');
    expect((JSON.parse(text) as { version: string }).version).toBe(VERSION);
  });
});

describe('log entries', () => {
  it('below the level are dropped', () => {
    const seen: string[] = [];
    const sink = sinkAbove('WARN', (level) => void seen.push(level));
    for (const level of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const) sink(level, 'message');
    expect(seen).toEqual(['WARN', 'ERROR']);
  });
});

describe('payload codecs of the embedded host', () => {
  const flip = (payload: Payload): Payload => ({
    ...payload,
    data: payload.data?.map((byte) => byte ^ 255) ?? null,
  });
  const codec: PayloadCodec = {
    encode: async (payloads) => payloads.map(flip),
    decode: async (payloads) => payloads.map(flip),
  };
  const payload = (text: string): Payload => ({
    metadata: { encoding: new TextEncoder().encode('json/plain') },
    data: new TextEncoder().encode(text),
  });
  const completion: WorkflowTaskCompletion = {
    kind: 'completed',
    commands: [
      { commandType: 'CompleteWorkflowExecution', attributes: { result: { payloads: [payload('"done"')] } } },
    ],
    updates: [],
    queries: [],
  };
  const task = {
    runId: 'run',
    newEvents: [
      {
        eventId: 1,
        eventTime: 0,
        eventType: 'WorkflowExecutionSignaled',
        attributes: { signalName: 's', input: { payloads: [flip(payload('"word"'))] } },
      },
    ],
    loadHistory: () => [],
    queries: [],
    updates: [],
  } as unknown as WorkflowTask;

  it('run on what goes in and on what comes out', async () => {
    const seen: WorkflowTask[] = [];
    const host = {
      handle: async (given: WorkflowTask) => {
        seen.push(given);
        return completion;
      },
      evict: () => {},
    };
    const encoded = await withPayloadCodecs(host, () => codec).handle(task);
    expect(seen[0]?.newEvents[0]?.attributes).toMatchObject({ input: { payloads: [payload('"word"')] } });
    expect(encoded).toMatchObject({
      commands: [{ attributes: { result: { payloads: [flip(payload('"done"'))] } } }],
    });
  });

  it('leave the handler as it is when there are none', () => {
    const handler = { handle: async () => completion, evict: () => {} };
    expect(withPayloadCodecs(handler, undefined)).toBe(handler);
  });
});
