/**
 * The server's own description of its HTTP API, made of the table of calls when it is first asked for. JSON is YAML too, so the
 * document is one text under both names.
 */
import type { Context, Hono } from 'hono';
import { type Call, pathsOf } from '../sdk/client/calls/call.ts';
import { CALLS, type CallName } from '../sdk/client/calls/index.ts';
import { pathFields } from '../sdk/client/calls/path.ts';
import {
  type AnyField,
  type FieldMap,
  i32,
  json,
  list,
  type MessageField,
  message,
  str,
} from '../sdk/common/wire/schema.ts';
import type { RouteEnv } from './calls.ts';
import { type JsonSchema, SchemaTable } from './openapi-schemas.ts';

type AnyCall = Call<unknown, unknown>;
type Dialect = 'openapi' | 'swagger';

/** Calls that answer with a history beside their message. */
const WITH_HISTORY: ReadonlySet<CallName> = new Set<CallName>([
  'getWorkflowExecutionHistory',
  'getWorkflowExecutionHistoryReverse',
  'pollWorkflowTaskQueue',
]);

/** What every error is. */
const StatusSchema = message('Status', { code: i32, message: str, details: list(json) });

/** Of query parameters: how far messages are taken apart. */
const DEPTH_MAX = 3;

export function addOpenApiRoutes(app: Hono<RouteEnv>, version = ''): void {
  const texts = new Map<Dialect, string>();
  const serve = (dialect: Dialect, contentType: string) => (c: Context) => {
    let text = texts.get(dialect);
    if (text === undefined) {
      text = JSON.stringify(openApiDocument(dialect, version));
      texts.set(dialect, text);
    }
    return c.body(text, 200, { 'content-type': contentType });
  };
  for (const prefix of ['', '/api/v1']) {
    app.get(`${prefix}/openapi.yaml`, serve('openapi', 'application/yaml; charset=utf-8'));
    app.get(`${prefix}/swagger.json`, serve('swagger', 'application/json'));
  }
}

/** OpenAPI 3.0, or Swagger 2.0. */
export function openApiDocument(dialect: Dialect, version: string): JsonSchema {
  const isOpenApi = dialect === 'openapi';
  const table = new SchemaTable(isOpenApi ? '#/components/schemas/' : '#/definitions/');
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const name of Object.keys(CALLS) as CallName[]) {
    const call = CALLS[name] as AnyCall;
    for (const [index, path] of pathsOf(call).entries()) {
      const template = path.replaceAll(/\{([^},]+),[^}]+\}/g, '{$1}');
      paths[template] ??= {};
      paths[template][call.method.toLowerCase()] = operation({ dialect, table, name, call, path, index });
    }
  }
  const info = { title: 'Perdure: Temporal’s HTTP API', version };
  const bearer = { type: 'http', scheme: 'bearer' };
  const apiKey = { type: 'apiKey', in: 'header', name: 'authorization' };
  return isOpenApi
    ? {
        openapi: '3.0.3',
        info,
        paths,
        components: { schemas: table.schemas, securitySchemes: { key: bearer } },
        security: [{ key: [] }],
      }
    : {
        swagger: '2.0',
        info,
        consumes: ['application/json'],
        produces: ['application/json'],
        paths,
        definitions: table.schemas,
        securityDefinitions: { key: apiKey },
        security: [{ key: [] }],
      };
}

interface OperationParts {
  dialect: Dialect;
  table: SchemaTable;
  name: CallName;
  call: AnyCall;
  path: string;
  index: number;
}

function operation({ dialect, table, name, call, path, index }: OperationParts): JsonSchema {
  const inPath = pathFields(path).map(([target = []]) => target.join('.'));
  const parameter = (at: string, place: 'path' | 'query', schema: JsonSchema) => ({
    name: at,
    in: place,
    ...(place === 'path' && { required: true }),
    ...(dialect === 'openapi' ? { schema } : schema),
  });
  const parameters: JsonSchema[] = inPath.map((at) => parameter(at, 'path', { type: 'string' }));
  const body = call.method === 'POST' ? table.reference(call.request) : undefined;
  if (body === undefined)
    for (const [at, schema] of queryFields(table, call.request, inPath))
      parameters.push(parameter(at, 'query', schema));
  else if (dialect === 'swagger') parameters.push({ name: 'body', in: 'body', required: true, schema: body });
  const answer = answerOf(table, name, call);
  return {
    // The first of a call's paths has its name; IDs are unique in a document.
    operationId: `${name.charAt(0).toUpperCase()}${name.slice(1)}${index === 0 ? '' : index + 1}`,
    parameters,
    ...(body && dialect === 'openapi' && { requestBody: { required: true, content: content(body) } }),
    responses: {
      200: response(dialect, 'OK', answer),
      default: response(dialect, 'An error', table.reference(StatusSchema)),
    },
  };
}

function answerOf(table: SchemaTable, name: CallName, { response }: AnyCall): JsonSchema {
  const message = table.reference(response.schema);
  if (!WITH_HISTORY.has(name)) return message;
  return { allOf: [message, { type: 'object', properties: { history: table.history() } }] };
}

function response(dialect: Dialect, description: string, schema: JsonSchema): JsonSchema {
  return { description, ...(dialect === 'openapi' ? { content: content(schema) } : { schema }) };
}

const content = (schema: JsonSchema) => ({ 'application/json': { schema } });

/** What a call without a body says in its query: `execution.runId=…`. */
function* queryFields(
  table: SchemaTable,
  { fields }: MessageField<FieldMap>,
  inPath: readonly string[],
  above = '',
  depth = 1,
): Generator<[string, JsonSchema]> {
  for (const [name, field] of Object.entries(fields)) {
    const at = above === '' ? name : `${above}.${name}`;
    const plain = (field.kind === 'required' ? field.field : field) as AnyField;
    if (plain.kind === 'message') {
      if (depth < DEPTH_MAX) yield* queryFields(table, plain, inPath, at, depth + 1);
    } else if (plain.kind !== 'lazy' && plain.kind !== 'map' && !inPath.includes(at)) {
      const schema = table.field(plain);
      // Neither dialect has references among parameters of this kind.
      if (!('$ref' in schema)) yield [at, schema];
    }
  }
}
