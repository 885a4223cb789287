import { describe, expect, test } from 'vitest';
import { testApp } from './fake-execution.ts';

const base = '/api/v1/namespaces';

describe('namespaces', () => {
  test('default exists from the start', async () => {
    for (const path of [`${base}/default`, '/cluster/namespaces/default']) {
      const { body } = await testApp().request('GET', path);
      expect(body).toMatchObject({
        namespaceInfo: { name: 'default', state: 'NAMESPACE_STATE_REGISTERED', id: 'id-default' },
        config: { workflowExecutionRetentionTtl: '259200s' },
        replicationConfig: { activeClusterName: 'active' },
      });
    }
  });

  test('an unknown one is 404 with the detail that says so, on every call (NS-3, NS-4)', async () => {
    const app = testApp();
    const calls = [
      ['GET', `${base}/nowhere`],
      ['POST', `${base}/nowhere/update`],
      ['GET', `${base}/nowhere/search-attributes`],
      ['GET', `${base}/nowhere/workflows/w`],
      ['GET', `${base}/nowhere/workflows/w/history`],
      ['GET', `${base}/nowhere/workflows/w/result`],
      ['POST', `${base}/nowhere/workflows/w/signal/s`],
      ['POST', `${base}/nowhere/workflows/w/query/q`],
      ['POST', `${base}/nowhere/workflows/w/update/u`],
      ['POST', `${base}/nowhere/workflows/w/cancel`],
      ['POST', `${base}/nowhere/workflows/w/pause`],
      ['POST', `${base}/nowhere/workflows/w/activities/a/complete`],
    ] as const;
    for (const [method, path] of calls) {
      const { status, body } = await app.request(method, path, method === 'POST' ? {} : undefined);
      expect([path, status]).toEqual([path, 404]);
      expect(body.details).toEqual([
        {
          '@type': 'type.googleapis.com/temporal.api.errordetails.v1.NamespaceNotFoundFailure',
          namespace: 'nowhere',
        },
      ]);
    }
    expect(app.execution.asked).toEqual([]);
  });

  test('register, describe, update, list (NS-1, NS-2)', async () => {
    const app = testApp();
    const registered = await app.request('POST', base, {
      namespace: 'größe',
      description: 'd',
      workflowExecutionRetentionPeriod: '86400s',
      data: { team: 'a' },
    });
    expect([registered.status, registered.body]).toEqual([200, {}]);
    const again = await app.request('POST', base, {
      namespace: 'größe',
      workflowExecutionRetentionPeriod: '86400s',
    });
    expect([again.status, again.body.code]).toEqual([409, 6]);
    const updated = await app.request('POST', `${base}/${encodeURIComponent('größe')}/update`, {
      updateInfo: { ownerEmail: 'o@x', data: { tier: '1' } },
      config: { workflowExecutionRetentionTtl: '7200s' },
    });
    expect(updated.body).toMatchObject({
      namespaceInfo: { name: 'größe', description: 'd', ownerEmail: 'o@x', data: { team: 'a', tier: '1' } },
      config: { workflowExecutionRetentionTtl: '7200s' },
    });
    const page = await app.request('GET', `${base}?pageSize=1`);
    expect(page.body.namespaces).toMatchObject([{ namespaceInfo: { name: 'default' } }]);
    const next = await app.request(
      'GET',
      `${base}?nextPageToken=${encodeURIComponent(String(page.body.nextPageToken))}`,
    );
    expect(next.body.namespaces).toMatchObject([{ namespaceInfo: { name: 'größe' } }]);
    expect(next.body.nextPageToken).toBeUndefined();
  });

  test.each(['.', '..'])('%j is refused: no URL could name it', async (namespace) => {
    const { status, body } = await testApp().request('POST', base, {
      namespace,
      workflowExecutionRetentionPeriod: '86400s',
    });
    expect([status, body.message]).toEqual([
      400,
      `namespace: '${namespace}' cannot stand in a URL; choose another name`,
    ]);
  });

  test('a retention of nothing is refused, also by an update (NS-2)', async () => {
    const config = { workflowExecutionRetentionTtl: '0s' };
    const { status, body } = await testApp().request('POST', `${base}/default/update`, { config });
    expect([status, body.message]).toEqual([
      400,
      'config.workflowExecutionRetentionTtl: expected at least 3600s, got 0s',
    ]);
  });

  test('a registered namespace is there for workflows', async () => {
    const app = testApp();
    await app.request('POST', '/cluster/namespaces', {
      namespace: 'fresh',
      workflowExecutionRetentionPeriod: '3600s',
    });
    await app.request('POST', `${base}/fresh/workflows/w/signal/s`, {});
    expect(app.execution.asked[0]?.args[0]).toEqual({
      namespace: 'fresh',
      workflowId: 'w',
      namespaceConfig: { retentionMs: 3_600_000 },
    });
  });

  test.each([
    ['no name', {}, 'namespace'],
    ['no retention', { namespace: 'n' }, 'workflowExecutionRetentionPeriod'],
    [
      'a retention below an hour',
      { namespace: 'n', workflowExecutionRetentionPeriod: '3599s' },
      'workflowExecutionRetentionPeriod',
    ],
    ['a long name', { namespace: 'n'.repeat(1001), workflowExecutionRetentionPeriod: '86400s' }, 'namespace'],
    [
      'a global one',
      { namespace: 'n', workflowExecutionRetentionPeriod: '86400s', isGlobalNamespace: true },
      'isGlobalNamespace',
    ],
    [
      'a record too large',
      { namespace: 'n', workflowExecutionRetentionPeriod: '86400s', description: 'x'.repeat(140_000) },
      "'n'",
    ],
  ])('registering %s is 400 (NS-1)', async (_, body, field) => {
    const { status, body: reply } = await testApp().request('POST', base, body);
    expect(status).toBe(400);
    expect(reply.message).toContain(field);
  });

  test('search attributes', async () => {
    const { body } = await testApp().request('GET', '/cluster/namespaces/default/search-attributes');
    expect(body.systemAttributes).toMatchObject({
      ExecutionStatus: 'INDEXED_VALUE_TYPE_KEYWORD',
      StartTime: 'INDEXED_VALUE_TYPE_DATETIME',
    });
  });
});

describe('the system', () => {
  test.each([
    ['/system-info', { serverVersion: '1.30.0', capabilities: { signalAndQueryHeader: true } }],
    ['/api/v1/system-info', { serverVersion: '1.30.0' }],
    ['/cluster', { clusterName: 'active', supportedClients: { 'temporal-typescript': '<2.0.0' } }],
    ['/api/v1/cluster-info', { versionInfo: { current: { notes: 'Perdure 0.0.0-test' } } }],
  ])('%s', async (path, answer) => {
    const { status, body } = await testApp().request('GET', path);
    expect(status).toBe(200);
    expect(body).toMatchObject(answer);
  });
});
