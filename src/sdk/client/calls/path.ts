/** Path templates: `/namespaces/{namespace}/workflows/{execution.workflowId}`. */

import { invalidArgument } from '../rpc-error.ts';

type JsonObject = Record<string, unknown>;

const SEGMENT = /\{([^}]+)\}/g;

/** The fields that each segment in braces sets, in order; a field is its path in the request. */
export function pathFields(template: string): string[][][] {
  return [...template.matchAll(SEGMENT)].map(([, fields = '']) =>
    fields.split(',').map((field) => field.split('.')),
  );
}

/** The template for a router that names parameters with a colon: `/namespaces/:p0/workflows/:p1`. */
export function routerPath(template: string): string {
  let index = 0;
  return template.replaceAll(SEGMENT, () => `:p${index++}`);
}

/** The path of one request. Throws an INVALID_ARGUMENT when a field that belongs in it is empty. */
export function fillPath(template: string, request: object): string {
  return template.replaceAll(SEGMENT, (_, fields: string) => {
    const first = fields.split(',')[0] ?? '';
    const value = readField(request, first.split('.'));
    if (typeof value !== 'string' || value === '')
      throw invalidArgument(`${nameOf(first)} is not set on request.`);
    // URL parsers take these for steps in the path, escaped or not.
    if (value === '.' || value === '..') throw invalidArgument(`${first}: '${value}' cannot stand in a URL`);
    return encodeURIComponent(value);
  });
}

/** As servers name it: `WorkflowId` for `execution.workflowId`, `TaskQueue` for `taskQueue.name`. */
function nameOf(field: string): string {
  const name =
    field
      .replace(/\.name$/, '')
      .split('.')
      .at(-1) ?? field;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function readField(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === 'object' && at !== null ? (at as JsonObject)[name] : undefined),
    value,
  );
}
