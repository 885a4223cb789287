/** The same work on Cloudflare Workflows: its local engine comes with wrangler. */
import {
  type WorkerEntrypoint,
  WorkflowEntrypoint,
  type WorkflowEvent,
  type WorkflowStep,
} from 'cloudflare:workers';
import type { Work } from '../work.ts';

interface ActivityExports {
  BareActivity: WorkerEntrypoint & {
    fetch(url: string, init: { method: string; body: string }): Promise<Response>;
  };
}

export class BenchWorkflow extends WorkflowEntrypoint<Cloudflare.Env, Work> {
  override async run(event: WorkflowEvent<Work>, step: WorkflowStep): Promise<number> {
    const { mode, steps, bytes } = event.payload;
    const activities = (this.ctx.exports as unknown as ActivityExports).BareActivity;
    const one = (name: string) =>
      step.do(name, async () => {
        const response = await activities.fetch('http://activities/step', {
          method: 'POST',
          body: JSON.stringify({ bytes }),
        });
        return await response.text();
      });
    if (mode === 'sleep') await step.sleep('sleep', steps);
    if (mode === 'signal') await step.waitForEvent('signal', { type: 'signal', timeout: '1 hour' });
    if (mode === 'parallel')
      await Promise.all(Array.from({ length: steps }, (_, index) => one(`step ${index}`)));
    if (mode === 'sequential') for (let index = 0; index < steps; index++) await one(`step ${index}`);
    return steps;
  }
}
