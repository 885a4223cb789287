/** The documents that describe the HTTP API: of the calls that there are, and sound in themselves. */
import { describe, expect, test } from 'vitest';
import { CALLS } from '../../src/sdk/client/calls/index.ts';
import { testApp } from './fake-execution.ts';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  parameters: { name: string; in: string; required?: boolean }[];
}
interface Document {
  openapi?: string;
  swagger?: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas: Record<string, Json> };
  definitions?: Record<string, Json>;
}

async function read(path: string): Promise<Document> {
  const reply = await testApp({}).request('GET', path);
  expect(reply.status).toBe(200);
  return reply.body as unknown as Document;
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  );
}

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe.each(['/openapi.yaml', '/swagger.json', '/api/v1/openapi.yaml'])('GET %s', (path) => {
  test('has an operation for every call, with an ID of its own and all parameters of its path', async () => {
    const operations = operationsOf(await read(path));
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const name of Object.keys(CALLS))
      expect(ids).toContain(name.charAt(0).toUpperCase() + name.slice(1));
    for (const { path, operation } of operations) {
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.every(({ required }) => required)).toBe(true);
      expect([path, inPath.map(({ name }) => `{${name}}`)]).toEqual([path, path.match(/\{[^}]+\}/g) ?? []]);
    }
  });

  test('refers to nothing that is not in it, and describes what it says it does', async () => {
    const document = await read(path);
    const schemas = document.components?.schemas ?? document.definitions ?? {};
    const root = document.components ? '#/components/schemas/' : '#/definitions/';
    for (const reference of referencesIn(document))
      expect(Object.keys(schemas)).toContain(reference.slice(root.length));
    for (const [name, schema] of Object.entries(schemas)) expect([name, schema]).not.toEqual([name, {}]);
    expect(schemas.StartWorkflowExecutionRequest).toMatchObject({
      properties: {
        workflowId: { type: 'string' },
        workflowExecutionTimeout: { type: 'string' },
        retryPolicy: { $ref: `${root}RetryPolicy` },
      },
    });
    expect(schemas.HistoryEvent).toMatchObject({
      properties: { activityTaskScheduledEventAttributes: { $ref: expect.stringContaining(root) } },
    });
  });
});

describe('the query of a call without a body', () => {
  test('stands among its parameters, without what the path says', async () => {
    const { paths } = await read('/openapi.yaml');
    const describeWorkflow = paths['/namespaces/{namespace}/workflows/{execution.workflowId}']?.get;
    const names = describeWorkflow?.parameters.map(({ name }) => name);
    expect(names).toEqual(['namespace', 'execution.workflowId', 'execution.runId']);
  });
});
