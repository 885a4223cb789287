/** Does what `npm publish` would publish work for those who install it: types, names, a workflow's run? */
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PACKAGES } from '../../scripts/lib/published-packages.ts';
import { copyRepository } from '../../scripts/lib/repository-copy.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

let consumer: string;

beforeAll(async () => {
  const repository = copyRepository();
  consumer = mkdtempSync(join(tmpdir(), 'perdure-package-'));
  const target = join(consumer, 'node_modules/perdure');
  mkdirSync(target, { recursive: true });
  await run(process.execPath, ['scripts/build.ts'], { cwd: repository });
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', consumer], { cwd: repository });
  await run('tar', ['xzf', join(consumer, packed.stdout.trim()), '--strip-components=1', '-C', target]);
  linkDependencies(target);
  writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }');
  rmSync(repository, { recursive: true, force: true });
}, 120_000);

afterAll(() => {
  rmSync(consumer, { recursive: true, force: true });
});

/** As npm would install them; from this repository, so that no network is needed. */
function linkDependencies(installed: string): void {
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(installed, 'package.json'), 'utf8'),
  );
  for (const name of [...Object.keys({ ...dependencies, ...peerDependencies }), '@types/node']) {
    const link = join(consumer, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
}

async function inConsumer(file: string, text: string): Promise<unknown> {
  writeFileSync(join(consumer, file), text);
  const { stdout } = await run(process.execPath, [file], { cwd: consumer, timeout: 60_000 });
  return JSON.parse(stdout);
}

test.each([
  ['bundler', 'ESNext', 'module'],
  ['nodenext', 'NodeNext', 'module'],
  ['node16', 'Node16', 'module'],
  ['node16', 'Node16', 'commonjs'],
])(
  'programs find its declarations under moduleResolution %s, %s, %s',
  async (moduleResolution, module, type) => {
    const folder = join(consumer, `programs-${moduleResolution}-${type}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
    for (const file of readdirSync(join(root, 'test/types/programs'))) {
      const text = readFileSync(join(root, 'test/types/programs', file), 'utf8');
      const published = text.replaceAll("'@temporalio/", "'perdure/").replace(/'(\.\/[^']+)'/g, "'$1.js'");
      writeFileSync(join(folder, file), published);
    }
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2023', 'DOM', 'DOM.AsyncIterable'],
      module,
      moduleResolution,
      strict: true,
      noEmit: true,
      types: ['node'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const compiler = join(root, 'node_modules/.bin/tsc');
    const output = await run(compiler, ['-p', folder, '--pretty', 'false'], { cwd: folder }).catch(
      ({ stdout }: { stdout: string }) => ({ stdout }),
    );
    expect(output.stdout).toBe('');
  },
);

test.each([
  ['imported', 'names.mjs', 'await import'],
  ['required', 'names.cjs', 'require'],
])('classes have their own names when they are %s', async (_, file, load) => {
  const wrong = await inConsumer(
    file,
    `const wrong = [];
    (async () => {
      for (const entry of ${JSON.stringify([...PACKAGES, 'push'])}) {
        const exported = ${load}('perdure/' + entry);
        // A second name for the same class is that.
        for (const [name, value] of Object.entries(exported))
          if (/^class\\b/.test(String(value)) && exported[value.name] !== value) wrong.push([name, value.name]);
      }
      console.log(JSON.stringify(wrong));
    })();`,
  );
  expect(wrong).toEqual([]);
});

test('the runtime brings along what vitest could not load from its own package', () => {
  const dist = join(consumer, 'node_modules/perdure/dist');
  const modules = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.js$/.test(file),
  );
  const loads = modules.filter((file) =>
    /(from|import) ?"itty-/.test(readFileSync(join(dist, file), 'utf8')),
  );
  expect(modules).toContain('perdure.js');
  expect(loads).toEqual([]);
});

test('a worker runs a workflow of 30 days', async () => {
  writeFileSync(
    join(consumer, 'workflows.mjs'),
    `import { proxyActivities, sleep } from 'perdure/workflow';
    const { greet } = proxyActivities({ startToCloseTimeout: '1 minute' });
    export async function greetLater(name) {
      await sleep('30 days');
      return await greet(name);
    }`,
  );
  const result = await inConsumer(
    'worker.mjs',
    `import { join } from 'node:path';
    import { TestWorkflowEnvironment } from 'perdure/testing';
    import { DefaultLogger, Runtime, Worker } from 'perdure/worker';
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const env = await TestWorkflowEnvironment.createTimeSkipping();
    const worker = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: 'greetings',
      workflowsPath: join(import.meta.dirname, 'workflows.mjs'),
      activities: { greet: async (name) => 'Hello, ' + name },
    });
    const options = { taskQueue: 'greetings', workflowId: 'greeting', args: ['World'] };
    console.log(JSON.stringify(await worker.runUntil(env.client.workflow.execute('greetLater', options))));
    await env.teardown();`,
  );
  expect(result).toBe('Hello, World');
});

test.each([
  ['imported', 'traced.mjs', 'await import'],
  ['required', 'traced.cjs', 'require'],
])('spans of a workflow come out of what is %s', async (_, file, load) => {
  writeFileSync(
    join(consumer, 'traced-workflows.mjs'),
    `import { SpanName } from 'perdure/interceptors-opentelemetry/lib/workflow';
    import { TRACE_HEADER } from 'perdure/interceptors-opentelemetry/lib/instrumentation.js';
    export { interceptors } from '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors';
    export const named = async () => SpanName.WORKFLOW_EXECUTE + TRACE_HEADER;`,
  );
  const result = await inConsumer(
    file,
    `(async () => {
      const { InMemorySpanExporter, SimpleSpanProcessor } = ${load}('@opentelemetry/sdk-trace-base');
      const { Resource } = ${load}('@opentelemetry/resources');
      const { OpenTelemetryPlugin } = ${load}('perdure/interceptors-opentelemetry');
      const { makeWorkflowExporter } = ${load}('perdure/interceptors-opentelemetry/lib/worker');
      const { TestWorkflowEnvironment } = ${load}('perdure/testing');
      const { DefaultLogger, Runtime, Worker } = ${load}('perdure/worker');
      Runtime.install({ logger: new DefaultLogger('ERROR') });
      const exporter = new InMemorySpanExporter();
      const options = { spanProcessor: new SimpleSpanProcessor(exporter), resource: new Resource({}) };
      const env = await TestWorkflowEnvironment.createTimeSkipping();
      const path = process.cwd() + '/traced-workflows.mjs';
      const common = { connection: env.nativeConnection, taskQueue: 'traced', workflowsPath: path };
      const results = [];
      for (const how of [
        { plugins: [new OpenTelemetryPlugin(options)] },
        {
          interceptors: { workflowModules: [path] },
          sinks: { exporter: makeWorkflowExporter(exporter, options.resource) },
        },
      ]) {
        const worker = await Worker.create({ ...common, ...how });
        const start = { taskQueue: 'traced', workflowId: 'traced' };
        results.push(await worker.runUntil(env.client.workflow.execute('named', start)));
      }
      console.log(JSON.stringify([results, exporter.getFinishedSpans().map(({ name }) => name)]));
      await env.teardown();
    })();`,
  );
  expect(result).toEqual([
    ['RunWorkflow_tracer-data', 'RunWorkflow_tracer-data'],
    ['RunWorkflow:named', 'RunWorkflow:named'],
  ]);
});

test.each([
  ['imports', 'bare.mjs', 'await import'],
  ['requires', 'bare.cjs', 'require'],
])('only who %s the tracing needs the packages of OpenTelemetry', async (_, file, load) => {
  const missing = await inConsumer(
    file,
    `(async () => {
      const { registerHooks } = ${load}('node:module');
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier.startsWith('@opentelemetry/')) throw new Error('not installed');
          return next(specifier, context);
        },
      });
      const missing = [];
      for (const entry of ${JSON.stringify([...PACKAGES, 'push', 'plugin', 'worker/lib/sinks'])}) {
        try {
          ${load}('perdure/' + entry);
        } catch (error) {
          missing.push([entry, error.message]);
        }
      }
      console.log(JSON.stringify(missing));
    })();`,
  );
  expect(missing).toEqual([['interceptors-opentelemetry', 'not installed']]);
});
