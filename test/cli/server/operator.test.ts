import { describe, expect, test } from 'vitest';
import { useCommands } from './commands.ts';

const { text, json, refused } = useCommands();

describe('perdure operator', () => {
  test('namespaces come, change and go', async () => {
    await text('operator', 'namespace', 'create', '-n', 'shop', '--retention', '7d', '--data', 'team=a');
    await text('operator', 'namespace', 'create', 'by-place', '--description', 'named by its place');
    await text(
      'operator',
      'namespace',
      'update',
      '-n',
      'shop',
      '--email',
      'a@example.com',
      '--retention',
      '2d',
    );
    expect(await json('operator', 'namespace', 'describe', 'shop')).toMatchObject({
      namespaceInfo: { name: 'shop', ownerEmail: 'a@example.com', data: { team: 'a' } },
      config: { workflowExecutionRetentionTtl: '172800s' },
    });
    expect(await text('operator', 'namespace', 'list')).toMatch(
      /Name +by-place\n[\s\S]*Description +named by its place/,
    );
    expect(await refused('operator', 'namespace', 'create')).toContain('expected the name of the namespace');
    await text('operator', 'namespace', 'delete', 'shop', '--yes');
    expect(await refused('workflow', 'list', '-n', 'shop')).toContain('(NOT_FOUND)');
  });

  test('search attributes are registered and forgotten', async () => {
    const types = ['--name', 'Sku', '--type', 'Keyword', '--name', 'Amount', '--type', 'int'];
    await text('operator', 'search-attribute', 'create', ...types);
    expect(await text('operator', 'search-attribute', 'list')).toMatch(
      /\n {2}Amount +Int\n[\s\S]*\n {2}Sku +Keyword\n/,
    );
    await text('operator', 'search-attribute', 'remove', '--name', 'Sku', '--yes');
    expect(await json('operator', 'search-attribute', 'list')).toMatchObject({
      customAttributes: { Amount: 'INDEXED_VALUE_TYPE_INT' },
    });
    expect(await refused('operator', 'search-attribute', 'create', '--name', 'X')).toContain(
      'a --type for each --name',
    );
  });

  test('Nexus endpoints are made, changed and deleted by name', async () => {
    const target = ['--target-namespace', 'default', '--target-task-queue', 'q'];
    const endpoint = ['operator', 'nexus', 'endpoint'];
    await text(...endpoint, 'create', '--name', 'shop', ...target, '--description', 'sells');
    await text(...endpoint, 'update', '--name', 'shop', ...target.with(3, 'q2'));
    expect(await json(...endpoint, 'get', '--name', 'shop')).toMatchObject({
      spec: { description: 'sells', target: { worker: { namespace: 'default', taskQueue: 'q2' } } },
    });
    await text(...endpoint, 'update', '--name', 'shop', '--unset-description');
    expect(await text(...endpoint, 'list')).not.toContain('sells');
    await text(...endpoint, 'delete', '--name', 'shop');
    expect(await refused(...endpoint, 'get', '--name', 'shop')).toContain("there is no endpoint 'shop'");
    expect(await refused(...endpoint, 'create', '--name', 'x')).toContain('--target-task-queue');
  });

  test('the cluster says that it is there, and what it is', async () => {
    expect(await text('operator', 'cluster', 'health')).toBe('SERVING\n');
    expect(await text('operator', 'cluster', 'system')).toMatch(/ServerVersion +\d/);
    expect(await text('operator', 'cluster', 'describe', '--detail')).toMatch(
      /ClusterName +active\n[\s\S]*ServerVersion/,
    );
  });
});

describe('perdure task-queue', () => {
  test('describe names who polls, and what waits', async () => {
    const shown = await text('task-queue', 'describe', '-t', 'q', '--report-config');
    expect(shown).toMatch(/Pollers:\n {2}TaskQueueType .*\n {2}Workflow +\d+@/);
    expect(shown).toMatch(/^Task Queue Statistics:\n/);
    expect(await text('task-queue', 'describe', '-t', 'none', '--disable-stats')).toContain(
      'is a worker running?',
    );
  });

  test('its limits are set and taken away', async () => {
    const config = ['task-queue', 'config', 'set', '-t', 'limited', '--task-queue-type', 'activity'];
    await text(
      ...config,
      '--queue-rps-limit',
      '50',
      '--queue-rps-limit-reason',
      'why',
      '--fairness-key-weight',
      'a=2',
    );
    const get = config.with(2, 'get');
    expect(await text(...get)).toMatch(
      /QueueRateLimit +50\n {2}QueueRateLimitReason +why\n {2}FairnessWeights +{"a":2}\n/,
    );
    await text(...config, '--queue-rps-limit', 'default', '--fairness-key-weight', 'a=default');
    expect(await text(...get)).toBe('No limits are set\n');
    expect(await refused(...config)).toContain('expected a limit');
  });
});

describe('perdure worker deployment', () => {
  const deployment = ['worker', 'deployment'];
  const shop = ['--deployment-name', 'shop'];

  test('versions are created, made current, ramped up and deleted', async () => {
    await text(...deployment, 'create', '-d', 'shop');
    for (const build of ['b1', 'b2'])
      await text(...deployment, 'create-version', ...shop, '--build-id', build);
    const anyhow = ['--allow-no-pollers', '--ignore-missing-task-queues', '-y'];
    await text(...deployment, 'set-current-version', ...shop, '--build-id', 'b1', ...anyhow);
    await text(
      ...deployment,
      'set-ramping-version',
      ...shop,
      '--build-id',
      'b2',
      '--percentage',
      '10',
      ...anyhow,
    );
    expect(await text(...deployment, 'list')).toMatch(/\n {2}shop +[\w ]+ +b1 +b2 +10%\n/);
    expect(await text(...deployment, 'describe', '-d', 'shop')).toMatch(
      /\n {2}b1 +Current[\s\S]*\n {2}b2 +Ramping/,
    );
    await text(...deployment, 'set-ramping-version', ...shop, '--delete', '-y');
    await text(...deployment, 'update-version-metadata', ...shop, '--build-id', 'b2', '--metadata', 'k="v"');
    expect(await text(...deployment, 'describe-version', ...shop, '--build-id', 'b2')).toMatch(
      /Metadata +{"k":"v"}/,
    );
    await text(...deployment, 'set-current-version', ...shop, '--unversioned', '-y');
    expect(await refused(...deployment, 'delete', '-d', 'shop')).toContain("deployment 'shop'");
    for (const build of ['b1', 'b2'])
      await text(...deployment, 'delete-version', ...shop, '--build-id', build, '--skip-drainage');
    await text(...deployment, 'delete', '-d', 'shop');
    expect(await json(...deployment, 'list')).toEqual([]);
  });

  test('a manager alone may change it', async () => {
    const kiosk = ['--deployment-name', 'kiosk'];
    await text(...deployment, 'create', '-d', 'kiosk');
    await text(...deployment, 'create-version', ...kiosk, '--build-id', 'b1');
    await text(...deployment, 'manager-identity', 'set', ...kiosk, '--manager-identity', 'somebody', '-y');
    const current = ['set-current-version', ...kiosk, '--build-id', 'b1', '--allow-no-pollers'];
    expect(await refused(...deployment, ...current, '-y')).toContain('somebody');
    expect(await refused(...deployment, ...current)).toContain('agree with --yes');
    await text(...deployment, 'manager-identity', 'unset', ...kiosk, '-y', '--identity', 'somebody');
    await text(...deployment, ...current, '-y');
  });
});
