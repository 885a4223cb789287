import { expect, it } from 'vitest';
import { untilSignals } from './support/deciders.ts';
import { start, World } from './support/world.ts';

const MESSAGE = 'The history of a workflow nears its limit, at which it is terminated: continue as new';

const warningsOf = (world: World) =>
  world.logs.filter(({ message }) => message === MESSAGE).map(({ attributes }) => attributes);

it('LIM-4: a history that nears its limit is told of in the log, at each fifth of it and no oftener', async () => {
  const world = new World({ decide: untilSignals(1000), limits: { historyEventsMax: 100 } });
  const object = world.object('w');
  const begun = await start(object);
  const seen: number[] = [];
  for (let signals = 0; signals < 25; signals++) {
    await object.apply({ kind: 'Signal', signalName: 'poke' });
    seen.push(warningsOf(world).length);
  }
  const warnings = warningsOf(world);
  const runId = begun.ok && begun.value.runId;
  expect(warnings[0]).toMatchObject({
    namespace: 'default',
    workflowId: 'w',
    runId,
    events: 20,
    eventsMax: 100,
  });
  expect(warnings.map((one) => Math.floor(Number(one?.events) / 20))).toEqual([1, 2, 3, 4, 5]);
  expect((await object.eventTypes()).at(-1)).toBe('WorkflowExecutionTerminated');
  expect(seen[0]).toBe(0);
});

it('LIM-4: bytes count as events do, and each run for itself', async () => {
  const payload = { metadata: {}, data: new Uint8Array(1000) };
  const world = new World({ decide: untilSignals(4), limits: { historyBytesMax: 10_000 } });
  const object = world.object('w');
  const poke = () => object.apply({ kind: 'Signal', signalName: 'poke', input: { payloads: [payload] } });
  for (let run = 0; run < 2; run++) {
    world.now += 60_000;
    await start(object, { requestId: `start-${run}` });
    for (let signals = 0; signals < 4; signals++) await poke();
  }
  const runs = warningsOf(world).map((attributes) => attributes?.runId);
  expect(new Set(runs).size).toBe(2);
  expect(warningsOf(world)[0]).toMatchObject({ bytesMax: 10_000 });
});
