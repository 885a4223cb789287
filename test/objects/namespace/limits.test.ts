/** What a namespace may bound, and who is let in when it bounds starts. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import type { NamespaceRecord } from '../../../src/objects/namespace/namespace-api.ts';
import { limitsProblem, limitsWithin, newLimits } from '../../../src/objects/namespace/namespace-limits.ts';
import {
  changeSettings,
  defaultNamespace,
  registerNamespace,
  updateNamespace,
} from '../../../src/objects/namespace/namespace-record.ts';
import { createStartGate, StartTokens } from '../../../src/objects/namespace/start-gate.ts';
import type { RegisterNamespaceRequest } from '../../../src/sdk/common/wire/requests.ts';

const register = (
  more: Partial<RegisterNamespaceRequest>,
  existing?: NamespaceRecord,
  replacesDeleted = false,
) =>
  registerNamespace(
    existing,
    { namespace: 'shop', workflowExecutionRetentionPeriod: 86_400_000, ...more },
    { id: existing === undefined ? 'first' : 'second', now: 1, replacesDeleted },
  );

const recordOf = (result: ReturnType<typeof register>): NamespaceRecord => {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

describe('limits of a namespace', () => {
  it('lower those of the server, and never raise them', () => {
    const lowered = limitsWithin(DEFAULT_LIMITS, {
      payloadBytes: 4096,
      pendingActivities: 3,
      startsPerSecond: 1,
    });
    expect(lowered).toEqual({ ...DEFAULT_LIMITS, payloadBytesMax: 4096, pendingActivitiesMax: 3 });
    const strict = { ...DEFAULT_LIMITS, signalsMax: 5 };
    expect(limitsWithin(strict, { signals: 9 }).signalsMax).toBe(5);
    expect(limitsWithin(strict, undefined)).toBe(strict);
  });

  it('are refused out of their bounds, with field and bounds', () => {
    expect(limitsProblem({ payloadBytes: 10 })).toBe(
      'limits.payloadBytes: expected 1024 to 8388608, or 0 for none, got 10',
    );
    expect(limitsProblem({ signals: 10_001 })).toContain('limits.signals: expected 1 to 10000');
    expect(limitsProblem({ startsPerSecond: 1.5 })).toContain('limits.startsPerSecond');
    expect(limitsProblem({ startsPerSecond: 0, updates: 1 })).toBeUndefined();
  });

  it('are replaced by an update that names any', () => {
    expect(newLimits({ signals: 5 }, { signals: 0, memoBytes: 2048 })).toEqual({ memoBytes: 2048 });
    const record = recordOf(register({ limits: { signals: 5 } }));
    expect(record.limits).toEqual({ signals: 5 });
    const updated = (limits?: object) =>
      recordOf(updateNamespace(record, { namespace: 'shop', config: { ...(limits && { limits }) } })).limits;
    expect(updated()).toEqual({ signals: 5 });
    expect(updated({ updates: 3 })).toEqual({ updates: 3 });
    expect(updated({})).toBeUndefined();
    expect(updateNamespace(record, { namespace: 'shop', config: { limits: { signals: -1 } } })).toMatchObject(
      {
        error: {
          code: 'INVALID_ARGUMENT',
          message: expect.stringContaining('config.limits.signals') as unknown,
        },
      },
    );
  });
});

describe('the place of a namespace', () => {
  it('is fixed when it is registered', () => {
    const record = recordOf(register({ jurisdiction: 'eu' }));
    expect(record.placement).toEqual({ jurisdiction: 'eu' });
    const same = updateNamespace(record, { namespace: 'shop', config: { jurisdiction: 'eu' } });
    expect(recordOf(same).placement).toEqual({ jurisdiction: 'eu' });
    for (const config of [{ jurisdiction: 'us' }, { locationHint: 'weur' }])
      expect(updateNamespace(record, { namespace: 'shop', config })).toMatchObject({
        error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining('fixed when') as unknown },
      });
  });

  it.each([
    [{ jurisdiction: 'mars' }, 'jurisdiction: expected one of eu, us, fedramp, got "mars"'],
    [{ locationHint: 'moon' }, 'locationHint: expected one of'],
    [{ jurisdiction: 'eu', locationHint: 'weur' }, 'one of them at most'],
  ])('%j is refused', (place, message) => {
    expect(register(place)).toMatchObject({
      error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) as unknown },
    });
  });

  it('is kept by a name that is registered anew', () => {
    const deleted = recordOf(
      changeSettings(recordOf(register({ locationHint: 'weur' })), { isDeleted: true }),
    );
    expect(register({ locationHint: 'weur' }, deleted)).toMatchObject({ error: { code: 'ALREADY_EXISTS' } });
    expect(register({}, deleted, true)).toMatchObject({
      error: {
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('keeps its place (weur)') as unknown,
      },
    });
    expect(recordOf(register({ locationHint: 'weur' }, deleted, true))).toMatchObject({
      state: 'REGISTERED',
    });
  });
});

describe('starts per second', () => {
  it('are given out as time passes, and not saved up beyond a second', () => {
    const tokens = new StartTokens();
    const take = (wanted: number, now: number) => tokens.take({ wanted, perSecond: 10 }, now);
    expect(take(20, 0)).toBe(10);
    expect(take(1, 0)).toBe(0);
    expect(take(5, 250)).toBe(2);
    expect(take(50, 60_000)).toBe(10);
  });

  it('are refused beyond what the namespace gives, and let in again a moment later', async () => {
    let now = 0;
    const bucket = new StartTokens();
    let asked = 0;
    const gate = createStartGate({
      namespaces: {
        takeStarts: async (_name, request) => {
          asked += 1;
          return bucket.take(request, now);
        },
      },
      countOpen: async () => undefined,
      now: () => now,
    });
    const record = { ...defaultNamespace('id', 0), limits: { startsPerSecond: 100 } };
    const start = async () => (await gate.admit(record)).ok;
    const admitted = async (attempts: number) => {
      let count = 0;
      for (let attempt = 0; attempt < attempts; attempt++) if (await start()) count += 1;
      return count;
    };
    expect(await admitted(150)).toBe(100);
    // Ten at a time.
    expect(asked).toBe(10 + 50);
    expect(await gate.admit(record)).toMatchObject({
      error: {
        code: 'RESOURCE_EXHAUSTED',
        message:
          'namespace default has reached its limit of 100 starts per second: try again later, or raise the limit by an update of the namespace',
      },
    });
    now = 100;
    expect(await admitted(50)).toBe(10);
  });

  it('cost a namespace without limits nothing', async () => {
    const fail = () => Promise.reject(new Error('asked'));
    const gate = createStartGate({ namespaces: { takeStarts: fail }, countOpen: fail });
    expect(await gate.admit(defaultNamespace('id', 0))).toEqual({ ok: true, value: undefined });
  });
});

describe('open workflows', () => {
  it('are those of the index and those begun since it was read', async () => {
    let now = 0;
    let open = 3;
    const gate = createStartGate({
      namespaces: { takeStarts: async () => 1 },
      countOpen: async () => open,
      now: () => now,
    });
    const record = { ...defaultNamespace('id', 0), limits: { openWorkflows: 5 } };
    const results = [];
    for (let attempt = 0; attempt < 4; attempt++) results.push((await gate.admit(record)).ok);
    expect(results).toEqual([true, true, false, false]);
    now = 1_000;
    expect((await gate.admit(record)).ok).toBe(true);
    open = 5;
    now = 2_000;
    expect(await gate.admit(record)).toMatchObject({
      error: { message: expect.stringContaining('limit of 5 open workflows') as unknown },
    });
  });
});
