/** Paths of Temporal's HTTP API that nothing stands behind yet: 501 with a word on what is missing, not 404. */
import type { Hono } from 'hono';
import { RpcError } from '../sdk/client/rpc-error.ts';
import type { RouteEnv } from './calls.ts';

const IN_NAMESPACE: Readonly<Record<string, string>> = {
  'task-queues': 'Task queues',
  'archived-workflows': 'Archival',
  'worker-deployment-versions': 'Compute configurations of worker deployment versions',
  'current-deployment': 'Deployments of the first kind (worker-deployments are)',
  deployments: 'Deployments of the first kind (worker-deployments are)',
  workers: 'Worker listings',
  'worker-count': 'Worker listings',
  'worker-task-reachability': 'Worker versioning',
  'workflow-rules': 'Workflow rules',
};

/** The first segments of such paths, below a namespace. */
export const NOT_OFFERED: readonly string[] = Object.keys(IN_NAMESPACE);

export function addNotOfferedRoutes(app: Hono<RouteEnv>): void {
  const refuse = (path: string, what: string): void => {
    app.all(path, () => {
      throw new RpcError('UNIMPLEMENTED', `${what} are not offered by this version of Perdure.`);
    });
  };
  for (const [segment, what] of Object.entries(IN_NAMESPACE)) {
    for (const prefix of ['', '/api/v1']) {
      refuse(`${prefix}/namespaces/:p0/${segment}`, what);
      refuse(`${prefix}/namespaces/:p0/${segment}/*`, what);
    }
  }
}
