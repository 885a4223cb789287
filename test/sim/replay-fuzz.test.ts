/**
 * Histories that nobody should import: those of simulated runs with something in them wrong. Whatever it is, reading it and
 * replaying it end, and say what is wrong in words that were meant for it. PERDURE_FUZZ_HISTORIES and PERDURE_FUZZ_SEED make it
 * longer and repeat it.
 */
import { describe, expect, test } from 'vitest';
import { replayHistory } from '../../src/executor/replay.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';
import { historyFromJson, historyToJson } from '../../src/sdk/common/wire/json-history.ts';
import { WireError } from '../../src/sdk/common/wire/wire-error.ts';
import { Random } from './random.ts';
import { scenarioOf } from './scenario.ts';
import { bundleFor, simulate } from './simulate.ts';

const COUNT = Number(process.env.PERDURE_FUZZ_HISTORIES ?? 1500);
const SEED = Number(process.env.PERDURE_FUZZ_SEED ?? 20_260_105);
const SOURCES = [2, 5, 12, 33, 41];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Event = { [key: string]: Json };

const hostile: readonly [Json, ...Json[]] = [
  ...([null, true, 0, -1, 1.5, 2 ** 53, '', '0', '-1', 'x', '99999999999999999999'] as const),
  ...([[], {}, [null], { payloads: 'no' }, { payloads: [{ data: '!' }] }] as Json[]),
  ...(['EVENT_TYPE_TIMER_FIRED', 'NaN', '1970-01-01T00:00:00Z', '\u0000', '__proto__', '3s'] as const),
];

/** What an accident says, and nothing that was written for a reader. */
const ACCIDENT =
  /Cannot read propert|is not a function|is not iterable|of undefined|of null|undefined is not|Invalid array length|Maximum call stack|\[object Object\]/;

describe('histories with something wrong in them', () => {
  test('are refused with a reason, or replayed: never an accident', { timeout: 600_000 }, async () => {
    const sources = await histories();
    const random = new Random(SEED, 'histories');
    const outcomes = { refused: 0, rejected: 0, replayed: 0 };
    for (let index = 0; index < COUNT; index++) {
      const events = structuredClone(sources[index % sources.length] ?? []);
      const done = Array.from({ length: random.pick([1, 1, 1, 2, 4]) }, () => spoil(random, events));
      outcomes[await importOne(events, `seed ${SEED}, history ${index}: ${done.join(', ')}`)] += 1;
    }
    // Not all of it is noise: much is read, some of that does not matter.
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(COUNT / 50);
  });
});

async function histories(): Promise<Event[][]> {
  const found: Event[][] = [];
  for (const seed of SOURCES) {
    const scenario = { ...scenarioOf(seed), interference: 'none' as const, deployAtMs: undefined, rates: {} };
    await simulate(scenario, {
      read: ({ runs }) => {
        // Sound: what it gives is JSON.
        for (const { events } of runs)
          found.push((historyToJson(events) as unknown as { events: Event[] }).events);
      },
    });
  }
  return found;
}

async function importOne(events: Event[], what: string): Promise<'refused' | 'rejected' | 'replayed'> {
  let read: HistoryEvent[];
  try {
    read = historyFromJson({ events });
  } catch (error) {
    check(error, what);
    expect(error, what).toBeInstanceOf(WireError);
    return 'refused';
  }
  const bundle = bundleFor({ isNew: false, isBroken: false });
  try {
    await replayHistory({ bundle, events: read, workflowId: 'imported' });
    return 'replayed';
  } catch (error) {
    check(error, what);
    return 'rejected';
  }
}

function check(error: unknown, what: string): void {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : `no error: ${String(error)}`;
  const isMeant = error instanceof Error && error.message !== '' && !ACCIDENT.test(error.message);
  expect(isMeant, `${what}\n${message}\n${error instanceof Error ? error.stack : ''}`).toBe(true);
}

/** Makes one thing wrong, and says which. */
function spoil(random: Random, events: Event[]): string {
  const at = random.between(0, Math.max(events.length - 1, 0));
  const event = events[at];
  if (event === undefined) return 'nothing is left';
  const name = `event ${at + 1}`;
  switch (random.pick(['drop', 'repeat', 'swap', 'cut', 'value', 'value', 'value', 'member', 'type'])) {
    case 'drop':
      events.splice(at, 1);
      return `${name} dropped`;
    case 'repeat':
      events.splice(at, 0, structuredClone(event));
      return `${name} repeated`;
    case 'swap': {
      const other = random.between(0, events.length - 1);
      events[at] = events[other] ?? event;
      events[other] = event;
      return `${name} swapped with ${other + 1}`;
    }
    case 'cut':
      events.splice(at + 1);
      return `cut after ${name}`;
    case 'member':
      return `${name}: ${change(random, event, 'removed')}`;
    case 'type': {
      const other = events[random.between(0, events.length - 1)];
      event.eventType = other?.eventType ?? null;
      return `${name} called ${event.eventType}`;
    }
    default:
      return `${name}: ${change(random, event, 'changed')}`;
  }
}

/** One member, at any depth. */
function change(random: Random, node: Event, how: 'removed' | 'changed', path = ''): string {
  const keys = Object.keys(node);
  const key = keys[random.between(0, Math.max(keys.length - 1, 0))];
  if (key === undefined) return `nothing at ${path}`;
  const below = node[key];
  const isDeeper = typeof below === 'object' && below !== null && !Array.isArray(below) && random.chance(0.8);
  if (isDeeper) return change(random, below, how, `${path}.${key}`);
  if (how === 'removed') delete node[key];
  else node[key] = structuredClone(random.pick(hostile));
  return `${path}.${key} ${how} to ${JSON.stringify(node[key])}`;
}
