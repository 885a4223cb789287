/**
 * `npm run build`: dist/, as published. One ES module per entry of package.json (exports and bin) with what they share
 * split into chunks, so that `perdure` and `perdure/activity` see the same modules; declarations beside them.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { RUNTIME_BUILD } from '../src/sdk/testing/workerd/runtime-build.ts';
import { libEntry, libModules, libPlugin, writeLibForRequire, writeLibModules } from './lib/lib-modules.ts';
import { copyDeclarationsForRequire } from './lib/require-declarations.ts';

interface Manifest {
  bin: Record<string, string>;
  exports: Record<string, string | { 'perdure-source': string }>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

const repository = resolve(import.meta.dirname, '..');
const output = join(repository, 'dist');
/** Packages with modules below `lib/`, as exported. */
const libPackages = ['common', 'workflow', 'client', 'worker', 'testing'];
const manifest: Manifest = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));

/** An entry whose source is not written yet is left out, and named. */
function entrySources(): string[] {
  const exported = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target['perdure-source']],
  );
  const commands = commandFiles().map((file) => file.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts'));
  const sources = [...new Set([...exported, ...commands])]
    .map((source) => relative('.', source))
    .filter((source) => !source.includes('*')); // What they stand for is built with `libModules`.
  const missing = sources.filter((source) => !existsSync(join(repository, source)));
  for (const source of missing) console.warn(`build: left out ${source}, which does not exist`);
  return sources.filter((source) => !missing.includes(source));
}

function commandFiles(): string[] {
  return Object.values(manifest.bin).map((file) => relative('.', file));
}

/** Workflow code that is published: it is built into others' bundles, and must stand alone. */
const isWorkflowCode = (entry: string): boolean =>
  entry.endsWith('-interceptor.ts') || entry.startsWith('src/sdk/protobufs/');

/**
 * The interceptors of OpenTelemetry: for hosts and for workflow code alike, where this library's other modules are known by their
 * names. They stand apart, since only who imports them has OpenTelemetry's packages.
 */
const TRACING = 'src/sdk/interceptors-opentelemetry';
const isTracing = (file: string): boolean => file.startsWith(`${TRACING}/`);

/** It mixes `require` with `import`, which test runners that take modules as they are cannot load: it is made part of ours. */
const BUNDLED: ReadonlySet<string> = new Set(['itty-durable', 'itty-router']);

type Kind = 'library' | 'workflow code' | 'tracing';

async function buildModules(files: string[], kind: Kind): Promise<void> {
  const packages = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
    (name) => !BUNDLED.has(name),
  );
  await build({
    absWorkingDir: repository,
    entryPoints: [
      ...files.map((file) => ({ in: file, out: relative('src', file).replace(/\.ts$/, '') })),
      ...(kind === 'library' ? libPackages.map(libEntry) : []),
    ],
    outdir: output,
    outbase: 'src',
    bundle: true,
    splitting: kind !== 'workflow code',
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'], // Of what is bundled.
    target: 'es2023',
    keepNames: true, // Classes that name themselves in their bodies would be called _Client otherwise, in logs and stacks too.
    sourcemap: true,
    sourcesContent: true,
    chunkNames: 'chunks/[name]-[hash]',
    external: [
      'cloudflare:*',
      'perdure/*', // What is workflow code itself gets these from the executor.
      'node:*',
      'vite',
      'vitest',
      ...packages.flatMap((name) => [name, `${name}/*`]),
    ],
    plugins: kind === 'library' ? [libPlugin(repository)] : kind === 'tracing' ? [] : [standingAlone],
    logLevel: 'info',
  });
}

/** Workflow code has this library's modules by their names; a copy of them would not be the run's own. */
const standingAlone: Plugin = {
  name: 'standing-alone',
  setup(setup) {
    setup.onResolve({ filter: /^\.\.\/common\/index\.ts$/ }, () => ({
      path: 'perdure/common',
      external: true,
    }));
  },
};

/** What is loaded in Node by test runners that know `require` alone. `perdure` itself and `perdure/vite` are not. */
const REQUIRED = [
  'common',
  'workflow',
  'activity',
  'client',
  'worker',
  'push',
  'nexus',
  'plugin',
  'testing',
  'protobufs',
];

/** One CommonJS file for all of them, so that they see the same modules there too, and one small file for each. */
async function buildForRequire(): Promise<void> {
  const contents = [
    ...REQUIRED.map((name) => `export * as ${name} from './src/sdk/${name}/index.ts';`),
    ...libModules(repository).map(({ id, source }) => `export * as ${id} from './${source}';`),
  ].join('\n');
  await build({
    absWorkingDir: repository,
    stdin: { contents, resolveDir: repository, loader: 'ts' },
    outfile: join(output, 'require/all.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    keepNames: true,
    target: 'node20',
    sourcemap: true,
    define: { 'import.meta.dirname': '__dirname' },
    supported: { 'dynamic-import': false }, // Runners that evaluate modules themselves refuse it.
    // All else is bundled: some packages have no form that `require` could load. rxjs has, and is shared with the worker's user.
    external: ['esbuild', 'sql.js', 'rxjs', 'perdure/*', 'cloudflare:*'],
    logLevel: 'warning',
  });
  for (const name of REQUIRED) {
    writeFileSync(join(output, `require/${name}.cjs`), `module.exports = require('./all.cjs').${name};\n`);
  }
  writeLibForRequire(repository, output);
  await buildProtoForRequire();
  await buildTracingForRequire();
}

/** The index, and the modules below `lib/`. */
function tracingModules(): string[] {
  const lib = readdirSync(join(repository, TRACING, 'lib'), { recursive: true, encoding: 'utf8' });
  const files = lib.filter((file) => file.endsWith('.ts')).map((file) => `lib/${file.replaceAll('\\', '/')}`);
  return ['index.ts', ...files.sort()].map((file) => `${TRACING}/${file}`);
}

/** A file of their own too: the one for all others must load without OpenTelemetry's packages. */
async function buildTracingForRequire(): Promise<void> {
  const modules = tracingModules();
  const folder = 'require/interceptors-opentelemetry';
  await build({
    absWorkingDir: repository,
    stdin: {
      contents: modules.map((file, index) => `export * as module${index} from './${file}';`).join('\n'),
      resolveDir: repository,
      loader: 'ts',
    },
    outfile: join(output, folder, 'all.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    keepNames: true,
    target: 'node20',
    sourcemap: true,
    external: ['perdure/*', '@opentelemetry/*'],
    logLevel: 'warning',
  });
  modules.forEach((file, index) => {
    const path =
      file === `${TRACING}/index.ts` ? folder : file.replace(`${TRACING}/`, `${folder}/`).slice(0, -3);
    const target = join(output, `${path}.cjs`);
    const all = relative(dirname(target), join(output, folder, 'all.cjs')).replaceAll('\\', '/');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `module.exports = require('./${all}').module${index};\n`);
  });
}

/**
 * Temporal's messages are part of their file: runners that load it may have been told to take `@temporalio/x` for `perdure/x`,
 * and would find it itself there.
 */
async function buildProtoForRequire(): Promise<void> {
  await build({
    absWorkingDir: repository,
    entryPoints: ['@temporalio/proto'],
    outfile: join(output, 'require/proto.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    external: ['protobufjs', 'protobufjs/*', 'long'],
    logLevel: 'warning',
  });
}

/** What `createLocal()` of perdure/testing runs: the runtime as one module for workerd, and the script that starts miniflare. */
async function buildLocalRuntime(): Promise<void> {
  const outdir = join(output, 'sdk/testing/workerd');
  await build({
    ...RUNTIME_BUILD,
    absWorkingDir: repository,
    entryPoints: ['src/runtime/runtime.ts'],
    outdir,
    minifySyntax: true,
    minifyWhitespace: true,
  });
  await build({
    absWorkingDir: repository,
    entryPoints: ['src/sdk/testing/workerd/host.ts'],
    outdir,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
}

function buildDeclarations(): void {
  const compiler = join(repository, 'node_modules/.bin/tsc');
  const result = spawnSync(compiler, ['-p', 'tsconfig.build.json'], { cwd: repository, stdio: 'inherit' });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error('build: the declarations could not be built, see above');
  for (const file of readdirSync(output, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.d.ts')) nameModulesAsPublished(join(output, file));
  }
  copyDeclarationsForRequire(output, [
    ...REQUIRED.map((name) => `sdk/${name}/index.d.ts`),
    ...[...libModules(repository).map(({ source }) => source), ...tracingModules()].map((source) =>
      source.replace(/^src\/(.*)\.ts$/, '$1.d.ts'),
    ),
  ]);
  writeProtoDeclarations();
}

/** The declarations of its messages are the package's own: constants have no namespaces of types. */
function writeProtoDeclarations(): void {
  const text = `export * from '@temporalio/proto';\n`;
  for (const folder of ['sdk/proto', 'require/types/sdk/proto']) {
    mkdirSync(join(output, folder), { recursive: true });
    writeFileSync(join(output, folder, 'index.d.ts'), text);
  }
}

/** Declarations keep the `.ts` of the sources' imports, which only projects with a special option accept. */
function nameModulesAsPublished(file: string): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(/(\bfrom\s*|\bimport\(\s*|\bimport\s+)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g, '$1$2$3.js$2'),
  );
}

function makeCommandsRunnable(): void {
  for (const file of commandFiles().map((name) => join(repository, name))) {
    if (!existsSync(file)) continue;
    const text = readFileSync(file, 'utf8');
    if (!text.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env node\n${text}`);
    chmodSync(file, 0o755);
  }
}

rmSync(output, { recursive: true, force: true });
const sources = entrySources();
if (sources.length > 0) {
  await buildModules(
    sources.filter((entry) => !isWorkflowCode(entry) && !isTracing(entry)),
    'library',
  );
  await buildModules(sources.filter(isWorkflowCode), 'workflow code');
  await buildModules(tracingModules(), 'tracing');
  await writeLibModules(repository, output);
  await buildForRequire();
  await buildLocalRuntime();
  buildDeclarations();
  makeCommandsRunnable();
}
console.log(`build: ${sources.length} entries in dist/`);
