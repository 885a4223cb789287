/** Payload and failure converters that were named when the workflows were bundled. */
import { describe, expect, test } from 'vitest';
import { eventually, failureOf, options, overHttp } from './worker/clients.ts';
import { walk } from './workflows/payloads.ts';
import { isPoint, Point, payloadConverter } from './workflows/point-converter.ts';

const client = overHttp({ dataConverter: { payloadConverter } });

describe('converters of the bundle', () => {
  test('carry a class through client, workflow, activity and back', async () => {
    const result = await client.workflow.execute(walk, {
      ...options('walk', 'converted'),
      args: [new Point(1, 2)],
    });
    expect(isPoint(result)).toBe(true);
    expect(result).toMatchObject({ x: 2, y: 3 });
  });

  test('make failures their own way', async () => {
    const failed = client.workflow.execute(walk, {
      ...options('far', 'converted'),
      args: [new Point(100, 0)],
    });
    const { cause } = await failureOf(failed);
    expect(cause).toMatchObject({ message: 'TOO FAR' });
  });

  test('CONV-5 are not those of another task queue: there the encoding is unknown and fails the task', async () => {
    const handle = await client.workflow.start(walk, { ...options('plain'), args: [new Point(1, 2)] });
    const failed = await eventually(async () => {
      const { events } = await handle.fetchHistory();
      return events?.find((event) => event.workflowTaskFailedEventAttributes)
        ?.workflowTaskFailedEventAttributes;
    });
    expect(failed.failure?.message).toContain('Unknown encoding: text/point');
    await handle.terminate();
  });
});
