/** The rules of the registry of Nexus endpoints. */
import { describe, expect, it } from 'vitest';
import type {
  NexusEndpoint,
  NexusEndpointRequest,
} from '../../../src/objects/nexus/nexus-endpoint-record.ts';
import { applyToEndpoints, nexusEndpoints } from '../../../src/objects/nexus/nexus-endpoints.ts';

const settings = { name: 'orders', namespace: 'default', taskQueue: 'orders' };

/** A registry in memory: each request's answer, and what is there after it. */
function registry() {
  let endpoints: readonly NexusEndpoint[] = [];
  let now = 1000;
  return {
    get endpoints() {
      return endpoints;
    },
    ask(request: NexusEndpointRequest) {
      now += 1;
      const change = applyToEndpoints(endpoints, request, now);
      endpoints = change.endpoints;
      return change.answer;
    },
  };
}

describe('nexus endpoints: what is registered', () => {
  it('is found by its name and by its ID, listed by name, and gone when it is deleted', () => {
    const { ask } = registry();
    ask({ kind: 'create', id: 'b', settings: { ...settings, name: 'beta' } });
    ask({ kind: 'create', id: 'a', settings: { ...settings, name: 'alpha' } });
    expect(ask({ kind: 'find', name: 'alpha' })).toMatchObject({ id: 'a', version: 1, createdTime: 1002 });
    expect(ask({ kind: 'get', id: 'b' })).toMatchObject({ ok: true, value: { name: 'beta' } });
    expect(ask({ kind: 'list', size: 1 })).toMatchObject({ endpoints: [{ name: 'alpha' }], next: 'beta' });
    expect(ask({ kind: 'list', size: 1, from: 'beta' })).toEqual({
      endpoints: [expect.objectContaining({ name: 'beta' })],
    });
    expect(ask({ kind: 'list', size: 10, name: 'beta' })).toMatchObject({ endpoints: [{ id: 'b' }] });
    expect(ask({ kind: 'delete', id: 'a', version: 1 })).toEqual({ ok: true, value: null });
    expect(ask({ kind: 'find', name: 'alpha' })).toBeNull();
    expect(ask({ kind: 'get', id: 'a' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
  });

  it('E1: a name is used once, by a new endpoint or by one that is renamed', () => {
    const { ask } = registry();
    ask({ kind: 'create', id: 'a', settings });
    expect(ask({ kind: 'create', id: 'b', settings })).toMatchObject({ error: { code: 'ALREADY_EXISTS' } });
    ask({ kind: 'create', id: 'b', settings: { ...settings, name: 'other' } });
    expect(ask({ kind: 'update', id: 'b', version: 1, settings })).toMatchObject({
      error: { code: 'ALREADY_EXISTS' },
    });
  });

  it('E2: a change made from another version is refused and says which one there is', () => {
    const { ask } = registry();
    ask({ kind: 'create', id: 'a', settings });
    const moved = { ...settings, taskQueue: 'elsewhere' };
    expect(ask({ kind: 'update', id: 'a', version: 1, settings: moved })).toMatchObject({
      ok: true,
      value: { version: 2, taskQueue: 'elsewhere', createdTime: 1001, lastModifiedTime: 1002 },
    });
    for (const kind of ['update', 'delete'] as const)
      expect(ask({ kind, id: 'a', version: 1, settings: { ...settings, taskQueue: 'third' } })).toMatchObject(
        {
          error: { code: 'FAILED_PRECONDITION', message: expect.stringContaining('version 2, not 1') },
        },
      );
  });

  it('a request that comes twice, because its answer was lost, changes it once', () => {
    const { ask } = registry();
    const first = ask({ kind: 'create', id: 'a', settings });
    expect(ask({ kind: 'create', id: 'a', settings })).toEqual(first);
    const update = {
      kind: 'update',
      id: 'a',
      version: 1,
      settings: { ...settings, taskQueue: 'q2' },
    } as const;
    expect(ask(update)).toEqual(ask(update));
    expect(ask({ kind: 'get', id: 'a' })).toMatchObject({ value: { version: 2 } });
  });

  it.each([
    ['', 'spec.name: required'],
    ['1st', 'does not match'],
    ['a b', 'does not match'],
    ['a'.repeat(201), 'longer than 200'],
  ])('the name %j is refused', (name, problem) => {
    expect(registry().ask({ kind: 'create', id: 'a', settings: { ...settings, name } })).toMatchObject({
      error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining(problem) },
    });
  });

  it('needs a target, and a description of bounded size', () => {
    const { ask, endpoints } = registry();
    for (const [changed, field] of [
      [{ namespace: '' }, 'spec.target.worker.namespace'],
      [{ taskQueue: '' }, 'spec.target.worker.taskQueue'],
      [{ description: { data: 'x'.repeat(20_000) } }, 'spec.description'],
    ] as const)
      expect(ask({ kind: 'create', id: 'a', settings: { ...settings, ...changed } })).toMatchObject({
        error: { code: 'INVALID_ARGUMENT', message: expect.stringContaining(field) },
      });
    expect(endpoints).toEqual([]);
  });

  it('is no more than a thousand endpoints', () => {
    const { ask } = registry();
    for (let index = 0; index < 1000; index++)
      ask({ kind: 'create', id: String(index), settings: { ...settings, name: `e${index}` } });
    expect(ask({ kind: 'create', id: 'one more', settings })).toMatchObject({
      error: { code: 'RESOURCE_EXHAUSTED' },
    });
  });
});

describe('nexus endpoints: what an isolate has read', () => {
  it('is asked for again after ten seconds, and at once where it was changed from here', async () => {
    const { ask } = registry();
    let now = 0;
    let asked = 0;
    const endpoints = nexusEndpoints(
      async (request) => {
        asked += 1;
        return ask(request) as never;
      },
      () => now,
    );
    const created = await endpoints.create(settings);
    if (!created.ok) throw new Error('not created');
    await endpoints.find('orders');
    await endpoints.find('orders');
    expect(asked).toBe(2);
    now = 10_000;
    await endpoints.find('orders');
    expect(asked).toBe(3);
    await endpoints.update(created.value.id, 1, { ...settings, taskQueue: 'q2' });
    expect(await endpoints.find('orders')).toMatchObject({ taskQueue: 'q2' });
    await endpoints.remove(created.value.id, 2);
    expect(await endpoints.find('orders')).toBeUndefined();
  });
});
