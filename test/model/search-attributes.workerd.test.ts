/** Search attributes per namespace: registered over HTTP, checked at start and at upsert. */
import { defineSearchAttributeKey, SearchAttributeType } from 'perdure/common';
import { describe, expect, test } from 'vitest';
import { direct, eventually, failureOf, fetchWorker, options, overHttp } from './worker/clients.ts';
import { proceed, quietly, startsChildWith, upserts } from './workflows/attributes.ts';

const path = '/api/v1/namespaces/default/search-attributes';

async function change(method: string, at: string, body?: object) {
  const init = { method, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetchWorker(at, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const register = (searchAttributes: Record<string, string>) =>
  change('POST', path, {
    searchAttributes: Object.fromEntries(
      Object.entries(searchAttributes).map(([name, type]) => [name, `INDEXED_VALUE_TYPE_${type}`]),
    ),
  });

describe('registered search attributes', () => {
  test('SA-6 are listed after they were added, by either path, and gone after they were removed', async () => {
    expect(await register({ Listed: 'KEYWORD', Other: 'INT' })).toEqual({ status: 200, body: {} });
    for (const at of [path, '/cluster/namespaces/default/search-attributes']) {
      expect((await change('GET', at)).body).toMatchObject({
        customAttributes: { Listed: 'INDEXED_VALUE_TYPE_KEYWORD', Other: 'INDEXED_VALUE_TYPE_INT' },
        systemAttributes: { WorkflowId: 'INDEXED_VALUE_TYPE_KEYWORD' },
      });
    }
    expect((await register({ Listed: 'BOOL' })).status).toBe(409);
    const removed = await change('DELETE', `${path}?searchAttributes=Listed&searchAttributes=Other`);
    expect(removed).toEqual({ status: 200, body: {} });
    expect((await change('DELETE', `${path}?searchAttributes=Listed`)).status).toBe(404);
    expect(JSON.stringify(await change('GET', path))).not.toContain('Listed');
  });

  test.each([
    ['over HTTP', overHttp()],
    ['straight to the objects', direct()],
  ])('SA-4 %s, a start with an unknown name or a wrong type is INVALID_ARGUMENT', async (_, client) => {
    await register({ Checked: 'INT' });
    const unknown = defineSearchAttributeKey('Unheard', SearchAttributeType.KEYWORD);
    const refused = await failureOf(
      client.workflow.start(quietly, {
        ...options('refused'),
        typedSearchAttributes: [{ key: unknown, value: 'x' }],
      }),
    );
    expect(refused.cause).toMatchObject({
      code: 3,
      details: expect.stringContaining('search attribute Unheard is not defined'),
    });
    const wrong = client.workflow.start(quietly, {
      ...options('refused'),
      searchAttributes: { Checked: ['seven'] },
    });
    expect((await failureOf(wrong)).cause).toMatchObject({ code: 3 });
    const handle = await client.workflow.start(quietly, {
      ...options('taken'),
      searchAttributes: { Checked: [7] },
    });
    expect((await handle.describe()).searchAttributes).toMatchObject({ Checked: [7] });
  });

  test('SA-4, SA-6 an upsert of an unknown name fails its task until the name is registered', async () => {
    const handle = await overHttp().workflow.start(upserts, { ...options('upsert'), args: ['Later', 'x'] });
    const failed = await eventually(async () => {
      const { events } = await handle.fetchHistory();
      return events?.find((event) => event.workflowTaskFailedEventAttributes)
        ?.workflowTaskFailedEventAttributes;
    });
    expect(failed.failure?.message).toContain('search attribute Later is not defined');
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await register({ Later: 'KEYWORD' });
    await handle.signal(proceed);
    expect(await handle.result()).toBe('upserted');
    expect((await handle.describe()).searchAttributes).toMatchObject({ Later: ['x'] });
  });

  test('SA-4 an unknown name for a child fails the task that starts it', async () => {
    const handle = await overHttp().workflow.start(startsChildWith, {
      ...options('parent'),
      args: ['ForChild'],
    });
    await eventually(async () => {
      const { events } = await handle.fetchHistory();
      return events?.some((event) => event.workflowTaskFailedEventAttributes);
    });
    await register({ ForChild: 'KEYWORD' });
    expect(await handle.result()).toBe('done');
  });
});
