/** The entrypoint that runs activities. Being named, it cannot be reached from the internet. */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Hono } from 'hono';

export type ActivitiesClass<Env> = new (ctx: ExecutionContext, env: Env) => WorkerEntrypoint<Env>;

/** Makes the class that the Worker exports as `Activities`. */
export function activitiesClass<Env extends object>(app: (env: Env) => Hono): ActivitiesClass<Env> {
  return class Activities extends WorkerEntrypoint<Env> {
    override fetch(request: Request): Response | Promise<Response> {
      return app(this.env).fetch(request, this.env, this.ctx);
    }
  };
}
