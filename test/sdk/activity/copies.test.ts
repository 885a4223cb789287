/** A worker loaded by `import` and activities loaded by `require` have two copies of this package in one process. */

import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Context as ActivityContext } from 'perdure/activity';
import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => vi.resetModules());

it('an activity of one copy has the context that another copy runs it in', async () => {
  const { MockActivityEnvironment } = await import('perdure/testing');
  const { Context } = await import('perdure/activity');
  vi.resetModules();
  const other = await import('perdure/activity');
  expect(other.Context).not.toBe(Context);
  const act = async () => [other.activityInfo().attempt, other.Context.current().info.activityId];
  const environment = new MockActivityEnvironment({ attempt: 7, activityId: 'shared' });
  expect(await environment.run(act)).toEqual([7, 'shared']);
});

it("code written against Temporal's own activity package finds the context where that package keeps it", async () => {
  const { MockActivityEnvironment } = await import('perdure/testing');
  const theirs = Symbol.for('__temporal_activity_context_storage__');
  const act = async () => {
    // What the `Context.current()` of that package does.
    const storage: AsyncLocalStorage<ActivityContext> | undefined = Reflect.get(globalThis, theirs);
    return storage?.getStore()?.info.activityId;
  };
  expect(await new MockActivityEnvironment({ activityId: 'theirs' }).run(act)).toBe('theirs');
});

it('a failure of one copy is a failure to another', async () => {
  const first = await import('perdure/common');
  vi.resetModules();
  const second = await import('perdure/common');
  expect(second.ApplicationFailure).not.toBe(first.ApplicationFailure);
  expect(first.ApplicationFailure.nonRetryable('no')).toBeInstanceOf(second.ApplicationFailure);
});
