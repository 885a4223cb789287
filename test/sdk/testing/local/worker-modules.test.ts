/** The Worker of `createLocal()` has what the Worker of this repository has, but for its samples. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OBJECT_CLASSES, workerModules } from '../../../../src/sdk/testing/workerd/worker-modules.ts';

const OF_SAMPLES = 'DemoLedger';

it('has a class of objects for each one that is deployed', () => {
  const configuration = readFileSync(join(import.meta.dirname, '../../../../wrangler.toml'), 'utf8');
  const deployed = [...configuration.matchAll(/^class_name = "(\w+)"/gm)].map(([, name]) => name);
  expect([...OBJECT_CLASSES].sort()).toEqual(deployed.filter((name) => name !== OF_SAMPLES).sort());
});

it('tells the Worker of its pushed task queues, with their secrets as they are at the start', async () => {
  const push = { reports: { url: 'https://reports.example', secrets: () => ['whsec_c2VjcmV0'] } };
  const modules = await workerModules({ push, logLevel: 'WARN' });
  expect(Object.keys(modules)).toEqual(['worker.js', 'runtime.js']);
  expect(modules['worker.js']).toContain(
    '[{"taskQueue":"reports","push":{"url":"https://reports.example","secrets":["whsec_c2VjcmV0"]}}]',
  );
  expect(modules['runtime.js']).toMatch(/from ['"]cloudflare:workers['"]/);
});
