/** A route for every call of the table, under both families of paths. */
import type { Context, Hono } from 'hono';
import { type Call, pathsOf } from '../sdk/client/calls/call.ts';
import { CALLS, type CallName, type CallOptions, type Gateway } from '../sdk/client/calls/index.ts';
import { pathFields, routerPath } from '../sdk/client/calls/path.ts';
import { type Caller, mayAccess, requireAccess } from './access.ts';
import { methodNotAllowed } from './errors.ts';
import { readRequest } from './request.ts';
import { preferredWaitMs, renderResponse } from './response.ts';
import type { RouteBindings } from './settings.ts';

export interface RouteEnv {
  Bindings: RouteBindings;
  Variables: { caller: Caller };
}

/** The table's calls differ in their messages only; what handles them all knows them by schema. */
type AnyCall = Call<unknown, unknown>;
type AnyGateway = Record<CallName, (request: object, options: CallOptions) => Promise<unknown>>;

/** Whoever polls and leaves must not be given a task. Of other callers that leave nobody has to know. */
const POLLS: ReadonlySet<CallName> = new Set([
  'pollWorkflowTaskQueue',
  'pollActivityTaskQueue',
  'pollNexusTaskQueue',
]);

interface Served {
  gateway: AnyGateway;
  limits: { readonly payloadBytesMax?: number };
}

export function addCallRoutes(
  app: Hono<RouteEnv>,
  gateway: Gateway,
  limits: { readonly payloadBytesMax?: number },
): void {
  const names = Object.keys(CALLS) as CallName[];
  for (const name of names) {
    const call: AnyCall = CALLS[name] as AnyCall;
    for (const path of pathsOf(call)) {
      app.on(
        call.method,
        routerPath(path),
        callHandler(name, call, path, { gateway: gateway as AnyGateway, limits }),
      );
    }
  }
  const paths = new Set(names.flatMap((name) => pathsOf(CALLS[name] as AnyCall).map(routerPath)));
  for (const path of paths) app.all(path, methodNotAllowed);
}

function callHandler(name: CallName, call: AnyCall, path: string, { gateway, limits }: Served) {
  const fields = pathFields(path);
  return async (c: Context<RouteEnv>): Promise<Response> => {
    const caller = c.get('caller');
    // Rights come first: whoever may not know a namespace learns nothing from the errors of a request.
    const namespaceAt = fields.findIndex((targets) =>
      targets.some((target) => target.at(-1) === 'namespace'),
    );
    if (namespaceAt >= 0) requireAccess(caller, c.req.param(`p${namespaceAt}`) ?? '', call.access);
    if (call.scope === 'every-namespace') requireAccess(caller, '*', call.access);
    const request = await readRequest(c, call, fields, limits.payloadBytesMax);
    if (namespaceAt < 0 && call.scope === 'namespace')
      requireAccess(caller, namespaceIn(request), call.access);
    const options: CallOptions = {
      waitMs: preferredWaitMs(c),
      ...(POLLS.has(name) && { signal: c.req.raw.signal }),
    };
    const response = await gateway[name](request, options);
    return renderResponse(c, call, visibleTo(caller, name, response));
  };
}

function namespaceIn(request: object): string {
  return 'namespace' in request && typeof request.namespace === 'string' ? request.namespace : '';
}

/** A list of namespaces shows each caller their own. */
function visibleTo(caller: Caller, name: CallName, response: unknown): unknown {
  if (name !== 'listNamespaces') return response;
  const list = response as Awaited<ReturnType<Gateway['listNamespaces']>>;
  const namespaces = list.namespaces?.filter(({ namespaceInfo }) =>
    mayAccess(caller, namespaceInfo.name, 'read'),
  );
  return { ...list, namespaces };
}
