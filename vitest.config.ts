import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { perdure } from './src/bundler/vite.ts';

const root = `${import.meta.dirname}/`;
const alias = [
  { find: /^perdure$/, replacement: `${root}src/perdure.ts` },
  { find: /^perdure\/vite$/, replacement: `${root}src/bundler/vite.ts` },
  {
    find: /^perdure\/common\/lib\/(?:protobufs|converter\/protobuf-payload-converters)(?:\.js)?$/,
    replacement: `${root}src/sdk/protobufs/index.ts`,
  },
  { find: /^perdure\/([a-z-]+)\/lib\/(.+?)(?:\.js)?$/, replacement: `${root}src/sdk/$1/lib/$2.ts` },
  { find: /^perdure\/([a-z-]+)$/, replacement: `${root}src/sdk/$1/index.ts` },
];

/** Two to a processor, for all projects: most of their time is spent waiting for alarms, evictions and processes. */
const maxWorkers = 2 * availableParallelism();

/** What waits longest for real time begins first, so that nothing is left to wait for at the end. */
const LONGEST =
  /(?:samples\/(?:eviction|abort)|routes\/(?:nexus|long-poll|fuzz)|objects\/survival|worker\/killed-workers)[.\w]*\.test\.ts$/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification) => LONGEST.test(moduleId);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

const unit = {
  resolve: { alias },
  test: {
    name: 'unit',
    pool: 'forks', // Each file has a process of its own, and with it its own children.
    include: ['test/**/*.test.ts'],
    maxWorkers,
    testTimeout: 30_000, // They take milliseconds; a busy machine takes what it takes.
    // `createLocal()` on workerd, as it is by default, is what the project `local` is for.
    env: { PERDURE_TEST_RUNTIME: process.env.PERDURE_TEST_RUNTIME || 'in-process' },
    exclude: ['**/*.workerd.test.ts', '**/*.e2e.test.ts', '**/*.crash.test.ts', '**/*.long.test.ts'],
  },
};

/** What programs on `createLocal()` see, once more on workerd, where it runs by default. */
const local = {
  resolve: { alias },
  test: {
    name: 'local',
    pool: 'forks',
    include: [
      'test/samples/in-node.test.ts',
      'test/cli/server/{workflow,batch}.test.ts',
      'test/sdk/{client/service-calls,interceptors-opentelemetry/tracing,lib/deep-imports,plugin/plugin,proto/proto,protobufs/workflows}.test.ts',
      'test/sdk/push/pushed-activities.test.ts',
      'test/sdk/testing/{batch,namespaces,operator-service,payload-storage,visibility}.test.ts',
      'test/sdk/testing/code/code.test.ts',
      'test/sdk/worker/{converter-classes,metrics,options,priority,python-worker,slots,worker,worker-deployments}.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000, // Each file starts a workerd.
    maxWorkers,
    env: { PERDURE_TEST_RUNTIME: 'workerd' },
  },
};

/** itty-durable mixes require with import: esbuild makes one module of it, as it does for wrangler. */
const deps = { optimizer: { ssr: { enabled: true, include: ['itty-durable'] } } };

const workerd = {
  resolve: { alias },
  plugins: [
    cloudflareTest({
      wrangler: { configPath: './wrangler.toml' },
      miniflare: { bindings: { PERDURE_OPEN: 'true' } }, // As npm start: access without API keys.
    }),
  ],
  test: {
    name: 'workerd',
    deps,
    include: ['test/**/*.workerd.test.ts'],
    exclude: ['test/objects/**', 'test/conformance/**', 'test/sdk/client/**', 'test/model/**'],
    maxWorkers,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

/** Workflow objects, on a Worker of their own with short leases. */
const objects = {
  resolve: { alias },
  plugins: [
    perdure({ workflowsPath: 'test/objects/worker/workflows.ts', outFile: '.perdure/object-tests.js' }),
    cloudflareTest({
      main: './test/objects/worker/index.ts',
      miniflare: {
        compatibilityDate: '2026-11-16',
        compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
        durableObjects: {
          WORKFLOW_EXECUTION: { className: 'WorkflowExecution', useSQLite: true },
          NAMESPACE: { className: 'Namespace', useSQLite: true },
          CONTRACT: { className: 'ContractObject', useSQLite: true },
        },
        queueProducers: { ACTIVITIES: 'activities' },
        queueConsumers: { activities: { maxBatchTimeout: 0.01, retryDelay: 0 } },
        bindings: { PERDURE_OPEN: 'true' },
      },
    }),
  ],
  test: {
    name: 'objects',
    deps,
    include: ['test/objects/**/*.workerd.test.ts'],
    maxWorkers,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

/** Programs as teams write them for Temporal, on a Worker of their own. */
const conformance = {
  resolve: { alias },
  plugins: [
    perdure({ workflowsPath: 'test/conformance/workflows/index.ts', outFile: '.perdure/conformance.js' }),
    cloudflareTest({
      main: './test/conformance/worker/index.ts',
      miniflare: {
        compatibilityDate: '2026-11-16',
        compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
        durableObjects: {
          WORKFLOW_EXECUTION: { className: 'WorkflowExecution', useSQLite: true },
          NAMESPACE: { className: 'Namespace', useSQLite: true },
        },
        bindings: { PERDURE_OPEN: 'true' },
      },
    }),
  ],
  test: {
    name: 'conformance',
    deps,
    include: ['test/conformance/**/*.workerd.test.ts'],
    maxWorkers,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

/** The client against a Worker of its own, over HTTP and from inside. */
const clients = {
  resolve: { alias },
  plugins: [
    perdure({ workflowsPath: 'test/sdk/client/worker/workflows.ts', outFile: '.perdure/client-tests.js' }),
    cloudflareTest({
      main: './test/sdk/client/worker/index.ts',
      miniflare: {
        compatibilityDate: '2026-11-16',
        compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
        durableObjects: {
          WORKFLOW_EXECUTION: { className: 'WorkflowExecution', useSQLite: true },
          NAMESPACE: { className: 'Namespace', useSQLite: true },
          VISIBILITY: { className: 'Visibility', useSQLite: true },
          SCHEDULE: { className: 'Schedule', useSQLite: true },
          SCHEDULE_INDEX: { className: 'ScheduleIndex', useSQLite: true },
        },
        r2Buckets: ['ARCHIVE'],
        bindings: { PERDURE_OPEN: 'true' },
      },
    }),
  ],
  test: {
    name: 'clients',
    deps,
    include: ['test/sdk/client/**/*.workerd.test.ts'],
    maxWorkers,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

/** What the programming model adds around workflow code: cron, codecs, converters, headers, attributes, watching. */
const model = {
  resolve: { alias },
  plugins: [
    perdure({
      workflowsPath: 'test/model/workflows/index.ts',
      outFile: '.perdure/model.js',
      interceptorModules: ['./test/model/workflows/tracing.ts'],
    }),
    perdure({
      workflowsPath: 'test/model/workflows/payloads.ts',
      outFile: '.perdure/model-converted.js',
      payloadConverterPath: './test/model/workflows/point-converter.ts',
      failureConverterPath: './test/model/workflows/point-converter.ts',
    }),
    perdure({
      workflowsPath: 'test/model/workflows/spans.ts',
      outFile: '.perdure/model-spans.js',
      interceptorModules: ['perdure/interceptors-opentelemetry/lib/workflow-interceptors'],
    }),
    cloudflareTest({
      main: './test/model/worker/index.ts',
      miniflare: {
        compatibilityDate: '2026-11-16',
        compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
        durableObjects: {
          WORKFLOW_EXECUTION: { className: 'WorkflowExecution', useSQLite: true },
          NAMESPACE: { className: 'Namespace', useSQLite: true },
        },
        bindings: {
          PERDURE_OPEN: 'true',
          PERDURE_SEARCH_ATTRIBUTES: 'registered',
          PERDURE_PAYLOAD_BYTES_MAX: '8388608',
        },
        r2Buckets: ['PAYLOADS'],
      },
    }),
  ],
  test: {
    name: 'model',
    deps,
    include: ['test/model/**/*.workerd.test.ts'],
    maxWorkers,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

const endToEnd = {
  resolve: { alias },
  test: {
    name: 'e2e',
    include: ['test/**/*.e2e.test.ts'],
    maxWorkers,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

/** The Worker under test is the repository's own; until it exists there is nothing for workerd to load. */
const projects = existsSync(`${root}src/index.ts`)
  ? [unit, local, workerd, objects, conformance, clients, model, endToEnd]
  : [unit, endToEnd];

export default defineConfig({
  test: {
    projects,
    sequence: { sequencer: LongestFirst },
    /** A workflow of the conformance tests leaves a rejection unhandled: its task has to fail of it, not the test run. */
    onUnhandledError: (error) => (error.message === 'nobody listens' ? false : undefined),
    coverage: {
      provider: 'istanbul',
      include: ['src/engine/**/*.ts', 'src/executor/**/*.ts', 'src/times/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: { lines: 95 },
    },
  },
});
