/** The environment of the behaviour tests: one worker, a client, time that is skipped; and ways to wait and to look. */
import { join } from 'node:path';
import type { Client, WorkflowHandle } from 'perdure/client';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { vi } from 'vitest';
import { useEnvironment } from '../environment.ts';
import { makeActivities } from './activities.ts';

export const namespace = 'default';

export interface Behaviour {
  readonly env: TestWorkflowEnvironment;
  readonly client: Client;
  readonly activities: ReturnType<typeof makeActivities>;
  /** Of a start with an ID of its own. */
  options(name: string): { taskQueue: string; workflowId: string };
  /** Of the latest run, or of the one named. */
  eventTypes(handle: WorkflowHandle, runId?: string): Promise<string[]>;
}

/** Begins and ends with the test file. */
export function useBehaviour(taskQueue: string): Behaviour {
  // A busy machine is no reason to fail.
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  const workflowsPath = join(import.meta.dirname, 'workflows.ts');
  const activities = makeActivities();
  let ids = 0;

  const served = useEnvironment({
    create: () => TestWorkflowEnvironment.createTimeSkipping(),
    taskQueue,
    workflowsPath,
    activities,
    isQuiet: true,
  });

  return {
    get env() {
      return served.env;
    },
    get client() {
      return served.env.client;
    },
    activities,
    options: (name) => ({ taskQueue, workflowId: `${name}-${ids++}` }),
    async eventTypes(handle, runId) {
      const read =
        runId === undefined ? handle : served.env.client.workflow.getHandle(handle.workflowId, runId);
      const { events } = await read.fetchHistory();
      return (events ?? []).map((event) => {
        const key = Object.keys(event).find(
          (name) => name.endsWith('EventAttributes') && event[name as never],
        );
        return (key ?? '').replace('EventAttributes', '');
      });
    },
  };
}

export const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => {
      throw new Error('expected a rejection');
    },
    (error: Error) => error,
  );

/** Polls in real time, without letting the server's time pass. */
export async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 5_000; tries++) {
    const value = await read();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain, last: ${JSON.stringify(await read())}`);
}
