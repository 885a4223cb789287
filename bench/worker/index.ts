/** The benchmark Worker: the bare object, Cloudflare Workflows and Perdure side by side in one isolate. */
import { DurableObject } from 'cloudflare:workers';
import { createRuntime } from 'perdure';
import workflows from '../../.perdure/bench-workflows.js';
import type { Work } from '../work.ts';
import * as activities from './activities.ts';

import { readFigures, resetFigures } from './figures.ts';

export { BareExtras } from './bare-extras.ts';
export { BareActivity, BareObject } from './bare-object.ts';
export { BenchWorkflow } from './cloudflare-workflow.ts';

const runtime = createRuntime({ taskQueue: 'default', workflows, activities });
export const { WorkflowExecution, Activities, Namespace, TaskQueue } = runtime;

/** Shares the isolate with the measured objects, so that it can reach the calls they write through. */
export class Figures extends DurableObject {
  override async fetch(request: Request): Promise<Response> {
    if (request.url.endsWith('/reset')) resetFigures(this.ctx.storage);
    return Response.json(readFigures());
  }
}

interface BenchEnv {
  FIGURES: DurableObjectNamespace;
  BARE: DurableObjectNamespace;
  BARE_EXTRAS: DurableObjectNamespace;
  CLOUDFLARE: Workflow<Work>;
}

export default {
  async fetch(request: Request, env: BenchEnv & Cloudflare.Env, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname.startsWith('/bare/'))
      return env.BARE.get(env.BARE.idFromName(url.pathname.slice(6))).fetch(request);
    if (url.pathname.startsWith('/bare-extras/'))
      return env.BARE_EXTRAS.get(env.BARE_EXTRAS.idFromName(url.pathname.slice(13))).fetch(request);
    if (url.pathname.startsWith('/cloudflare/')) return cloudflare(url.pathname, request, env);
    if (url.pathname.startsWith('/figures/'))
      return env.FIGURES.get(env.FIGURES.idFromName('figures')).fetch(request);
    return runtime.app.fetch(request, env, ctx);
  },
};

async function cloudflare(pathname: string, request: Request, env: BenchEnv): Promise<Response> {
  const [, , verb, id = ''] = pathname.split('/');
  const params = (await request.json()) as Work;
  const instance =
    verb === 'start' || verb === 'execute'
      ? await env.CLOUDFLARE.create({ id, params })
      : await env.CLOUDFLARE.get(id);
  if (verb === 'signal') await instance.sendEvent({ type: 'signal', payload: {} });
  if (verb === 'execute' || verb === 'completed') await completion(instance);
  return Response.json({});
}

/** The engine has no call that waits: ask each millisecond. */
async function completion(instance: WorkflowInstance): Promise<void> {
  for (;;) {
    const { status, error } = await instance.status();
    if (status === 'complete') return;
    if (status === 'errored' || status === 'terminated')
      throw new Error(`Cloudflare Workflows: expected completion, got ${status}: ${JSON.stringify(error)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
