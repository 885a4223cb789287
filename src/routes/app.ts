/**
 * The HTTP side of Perdure: Temporal's paths and JSON, and a few calls of our own, over the objects. Parse, call one stub,
 * render; every rule about workflows stands behind the stub.
 */
import { Hono } from 'hono';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';
import { directGateway, type GatewayOptions } from '../sdk/client/direct/direct-gateway.ts';
import { identify } from './access.ts';
import { addCallRoutes, type RouteEnv } from './calls.ts';
import { notFound, onError } from './errors.ts';
import { addExportRoutes } from './export.ts';
import { addNotOfferedRoutes } from './not-offered.ts';
import { addOpenApiRoutes } from './openapi.ts';
import { refuseForeignHosts, withCors } from './origin.ts';
import { addPayloadRoutes } from './payloads.ts';
import { SegmentRouter } from './segment-router.ts';
import { readSettings } from './settings.ts';
import { addWatchRoutes } from './watch.ts';

export type { RouteEnv } from './calls.ts';
export type { RouteBindings } from './settings.ts';

/** Where workflows and namespaces are, and the version to report. Who may call is said by variables: see `RouteBindings`. */
export type AppOptions = GatewayOptions;

const PROTECTED = ['/api/v1/*', '/namespaces/*', '/cluster', '/cluster/*', '/system-info'];

/** A Hono app to serve, to mount below others' routes, or to wrap. */
export function createApp(options: AppOptions): Hono<RouteEnv> {
  const app = new Hono<RouteEnv>({
    router: new SmartRouter({ routers: [new SegmentRouter(), new TrieRouter()] }),
  });
  app.onError(onError);
  app.notFound(notFound);
  for (const path of PROTECTED) {
    app.use(path, async (c, next) => {
      const settings = await readSettings(c.env);
      refuseForeignHosts(c, settings);
      return withCors(c, settings, async () => {
        c.set('caller', await identify(settings, c.req.header('authorization')));
        await next();
      });
    });
  }
  const gateway = directGateway(options);
  addWatchRoutes(app, gateway);
  addExportRoutes(app, gateway);
  addPayloadRoutes(app, options);
  addCallRoutes(app, gateway, options);
  addNotOfferedRoutes(app);
  addOpenApiRoutes(app, options.version);
  return app;
}
