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
  /** Sends a run in mode `update` what it waits for, and gets the answer. */
  update?(id: string): Promise<void>;
  /** Whether a request can wait for something. Without, whoever wants to know has to ask again. */
  readonly hasWaits: boolean;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export function bare(origin: string): System {
  const post = (id: string, body: unknown) => callJson(`${origin}/bare/${id}`, 'POST', body);
  const postExtras = (id: string, body: unknown) => callJson(`${origin}/bare-extras/${id}`, 'POST', body);
  const isExtra = ({ mode }: Work) => mode === 'local' || mode === 'children';
  return {
    name: 'bare',
    hasWaits: false,
    execute: async (id, work) => void (await (isExtra(work) ? postExtras(id, work) : post(id, work))),
    start: async (id, work) => void (await post(id, work)),
    async completed(id, work) {
      // The object has no waits: it is asked until its second row is there, that of the alarm or of the signal.
      while (Number((await post(id, { mode: 'status' })).rows) < 2)
        await pause(work.mode === 'sleep' ? 20 : 1);
    },
    signal: async (id) => void (await post(id, { mode: 'signal' })),
    update: async (id) => void (await post(id, { mode: 'signal' })),
  };
}

/** Workflow types of the modes that have one of their own. */
const TYPES: Partial<Record<Work['mode'], string>> = {
  local: 'local',
  children: 'children',
  update: 'updated',
};

const COMPLETED = 'UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED';

export function perdure(origin: string): System {
  const path = (id: string) => `${origin}/api/v1/namespaces/default/workflows/${id}`;
  const request = (work: Work) => ({
    workflowType: { name: TYPES[work.mode] ?? 'work' },
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
    hasWaits: true,
    async execute(id, work) {
      const started = await callJson(path(id), 'POST', request(work), { prefer: 'wait=10' });
      if (!started.result || !expectCompleted(started.result as Record<string, unknown>, id))
        await result(id);
    },
    start: async (id, work) => void (await callJson(path(id), 'POST', request(work))),
    completed: result,
    signal: async (id) => void (await callJson(`${path(id)}/signal/proceed`, 'POST', {})),
    async update(id) {
      const body = { waitPolicy: { lifecycleStage: COMPLETED }, request: { input: { args: [1] } } };
      const { outcome } = await callJson(`${path(id)}/update/finish`, 'POST', body);
      if (typeof outcome !== 'object' || outcome === null || !('success' in outcome))
        throw new Error(`run ${id}: expected its update to succeed, got ${JSON.stringify(outcome)}`);
    },
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
    hasWaits: true,
    execute: async (id, work) => void (await post('execute', id, work)),
    start: async (id, work) => void (await post('start', id, work)),
    completed: async (id) => void (await post('completed', id, {})),
    signal: async (id) => void (await post('signal', id, {})),
  };
}
