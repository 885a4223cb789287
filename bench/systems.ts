/** The three systems that do the same work, each spoken to over HTTP in as few calls as it allows. */
import { callJson } from './http.ts';
import type { Work } from './work.ts';

export interface System {
  readonly name: 'bare' | 'perdure' | 'cloudflare';
  /** Runs the work to its end. */
  execute(id: string, work: Work): Promise<void>;
  /** Starts it and returns once it is durable. */
  start(id: string, work: Work): Promise<void>;
  /** Resolves when a started run has ended. */
  completed(id: string, work: Work): Promise<void>;
  /** Lets a run in mode `signal` go on. */
  signal(id: string): Promise<void>;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export function bare(origin: string): System {
  const post = (id: string, body: unknown) => callJson(`${origin}/bare/${id}`, 'POST', body);
  return {
    name: 'bare',
    execute: async (id, work) => void (await post(id, work)),
    start: async (id, work) => void (await post(id, work)),
    async completed(id, work) {
      // The object has no waits: a sleeper is asked until its second row is there. A signal completes it at once.
      while (work.mode === 'sleep' && Number((await post(id, { mode: 'status' })).rows) < 2) await pause(20);
    },
    signal: async (id) => void (await post(id, { mode: 'signal' })),
  };
}

export function perdure(origin: string): System {
  const path = (id: string) => `${origin}/api/v1/namespaces/default/workflows/${id}`;
  const request = (work: Work) => ({
    workflowType: { name: 'work' },
    taskQueue: { name: 'default' },
    input: [work],
  });
  const result = async (id: string) => {
    for (;;) {
      const reply = await callJson(`${path(id)}/result?wait=10s`, 'GET');
      if (expectCompleted(reply, id)) return;
    }
  };
  return {
    name: 'perdure',
    async execute(id, work) {
      const started = await callJson(path(id), 'POST', request(work), { prefer: 'wait=10' });
      if (!started.result || !expectCompleted(started.result as Record<string, unknown>, id))
        await result(id);
    },
    start: async (id, work) => void (await callJson(path(id), 'POST', request(work))),
    completed: result,
    signal: async (id) => void (await callJson(`${path(id)}/signal/proceed`, 'POST', {})),
  };
}

/** True when completed, false while running; anything else ends the benchmark. */
function expectCompleted(reply: Record<string, unknown>, id: string): boolean {
  const status = String(reply.status ?? '');
  if (status.endsWith('COMPLETED')) return true;
  if (status.endsWith('RUNNING') || status === '') return false;
  throw new Error(`run ${id}: expected it to complete, got ${JSON.stringify(reply).slice(0, 500)}`);
}

export function cloudflare(origin: string): System {
  const post = (verb: string, id: string, body: unknown) =>
    callJson(`${origin}/cloudflare/${verb}/${id}`, 'POST', body);
  return {
    name: 'cloudflare',
    execute: async (id, work) => void (await post('execute', id, work)),
    start: async (id, work) => void (await post('start', id, work)),
    completed: async (id) => void (await post('completed', id, {})),
    signal: async (id) => void (await post('signal', id, {})),
  };
}
