/**
 * A call as both ends of the HTTP API know it: where it is found, what goes in, what comes out, and what right it takes. The
 * server registers its routes from these, and the client sends by them, so the two cannot disagree.
 */
import { fromJson, type ToJsonOptions, toJson } from '../../common/wire/json.ts';
import type { FieldMap, Infer, MessageField } from '../../common/wire/schema.ts';

export type Access = 'read' | 'write' | 'admin';

export interface ResponseCodec<Response> {
  /** What describes the message; what else the answer holds only the codec knows. */
  readonly schema: MessageField<FieldMap>;
  toJson(response: Response, options: ToJsonOptions): object;
  fromJson(json: unknown): Response;
}

export interface Call<Request, Response> {
  /** Only a POST has a body; what the others ask for stands in path and query. */
  readonly method: 'GET' | 'POST' | 'DELETE';
  /**
   * The bare path. `{field}` is a percent-encoded segment that sets a field of the request, `{a.b}` a nested one,
   * `{a,b}` two at once.
   */
  readonly path: string;
  /** Below `/api/v1`, where it is not the bare path. */
  readonly prefixedPath: string;
  /** Another bare path of the same call: of an activity without a workflow, for a request that has no `workflowId`. */
  readonly standalonePath?: string;
  /** The least right that a key needs in the request's namespace. */
  readonly access: Access;
  /**
   * `server`: any valid key may call; what it gets to see can still depend on its rights. `every-namespace`: a key needs the right
   * in all of them.
   */
  readonly scope: 'namespace' | 'server' | 'every-namespace';
  readonly request: MessageField<FieldMap>;
  readonly response: ResponseCodec<Response>;
  /** Type carrier; never set. */
  readonly type?: (request: Request) => Response;
}

interface CallParts<Fields extends FieldMap, Response> {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  prefixedPath?: string;
  standalonePath?: string;
  access?: Access;
  scope?: 'namespace' | 'server' | 'every-namespace';
  request: MessageField<Fields>;
  response: ResponseCodec<Response>;
}

export function defineCall<const Fields extends FieldMap, Response>(
  parts: CallParts<Fields, Response>,
): Call<Infer<MessageField<Fields>>, Response> {
  return {
    method: parts.method ?? 'POST',
    path: parts.path,
    prefixedPath: `/api/v1${parts.prefixedPath ?? parts.path}`,
    ...(parts.standalonePath && { standalonePath: parts.standalonePath }),
    access: parts.access ?? (parts.method === 'GET' ? 'read' : 'write'),
    scope: parts.scope ?? 'namespace',
    request: parts.request,
    response: parts.response,
  };
}

/** Every path at which the call is found. */
export function pathsOf({
  path,
  prefixedPath,
  standalonePath,
}: Pick<Call<unknown, unknown>, 'path' | 'prefixedPath' | 'standalonePath'>): string[] {
  const own = [path, prefixedPath];
  return standalonePath === undefined ? own : [...own, standalonePath, `/api/v1${standalonePath}`];
}

/** The path of one request, below `/api/v1`. */
export function pathFor(
  { prefixedPath, standalonePath }: Pick<Call<unknown, unknown>, 'prefixedPath' | 'standalonePath'>,
  request: object,
): string {
  const hasWorkflow = 'workflowId' in request && Boolean(request.workflowId);
  return standalonePath === undefined || hasWorkflow ? prefixedPath : `/api/v1${standalonePath}`;
}

/** A response that is just its message. */
export function messageResponse<const Fields extends FieldMap>(
  schema: MessageField<Fields>,
): ResponseCodec<Infer<MessageField<Fields>>> {
  return {
    schema,
    toJson: (response, options) => toJson(schema, response, options),
    fromJson: (json) => fromJson(schema, json ?? {}),
  };
}
