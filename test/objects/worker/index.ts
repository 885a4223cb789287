/** The Worker under test: short leases, and a counter of what leaves the objects. */
import { env } from 'cloudflare:workers';
import { createRuntime } from 'perdure';
import workflows from '../../../.perdure/object-tests.js';
import * as contract from '../../sim/contract/activities.ts';
import * as activities from './activities.ts';
import { shopHandler } from './nexus-services.ts';

export const logs: { level: string; message: string; attributes: Record<string, unknown> | undefined }[] = [];

/** Of activities that are pushed. Tests stand in for the network, and answer at this address. */
export const PUSH_URL = 'https://endpoint.example/activities';
export const PUSH_SECRET = `whsec_${btoa('a secret of thirty-two bytes, or so')}`;

/** What `act` does of the task queue whose activities go through a Cloudflare Queue. */
export const queued: { act: (argument: string) => Promise<unknown> } = { act: async () => 'nothing set' };
const act = (argument: string) => queued.act(argument);

const definitions = [
  {
    taskQueue: 'default',
    workflows,
    activities: { ...activities, ...contract },
    nexusServices: [shopHandler],
  },
  // Sound: vitest.config.ts binds it.
  {
    taskQueue: 'queued',
    activities: { act },
    activityQueue: () => (env as { ACTIVITIES: Queue }).ACTIVITIES,
  },
  { taskQueue: 'pushed', push: { url: PUSH_URL, secrets: () => [PUSH_SECRET] } },
];
const runtime = createRuntime(definitions, {
  development: false,
  logLevel: 'WARN',
  log: (level, message, attributes) => void logs.push({ level, message, attributes }),
  times: {
    lease: {
      pingAfterMs: 100,
      pingIntervalMs: 600,
      slowAfterMs: 5_000,
      slowPingIntervalMs: 400,
      intervalsPerLease: 3,
    },
    tellAfterSendMs: 2_000,
    retryMs: 50,
    retryMaxMs: 5_000,
  },
});

export const { WorkflowExecution, Activities, Namespace } = runtime;
export const { queue } = runtime;
export { ContractObject } from './contract-object.ts';
export default { fetch: runtime.app.fetch, queue };
