/** What becomes of an author's lines when the bundle is printed again, moved, renamed or squeezed by a Worker's bundler? */

import { build, type TransformOptions, transform } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { mapStack, originalPosition, StackMapper } from '../../src/executor/stack-mapping.ts';
import type { WorkflowBundle } from '../../src/executor/workflow-bundle.ts';
import { addFiles, bundleProject, call, environment, functionOf, loadCode, makeProject } from './project.ts';

const files = {
  'src/workflows/order.ts': `import { fail } from '../lib/fail';
import pkg from 'pkg';

export class OrderError extends Error {}

/** Places an order. */
export async function order(how: string): Promise<number> {
  type Local = string;
  const list: Local[] = [how];
  for (const one of list) if (one === 'here') throw new OrderError('here');
  const deep = () => () => fail(how);
  if (how === 'package') return pkg();
  await Promise.resolve();
  return deep()();
}
`,
  'src/lib/fail.ts': `class Unrelated {
  name = 'x';
}

export const fail = (how: string): never => {
  throw new Error(\`failed: \${how} \${new Unrelated().name}\`);
};
`,
  'node_modules/pkg/index.js': '// first\nmodule.exports = function pkg() {\n  null.x;\n};\n',
};

/** A Worker's own code, to be put around the bundle. */
const surroundings = `import workflows from './workflows.js';
export class OrderError {}
export const order = () => new OrderError();
export default workflows;
`;

async function errorOf(bundle: WorkflowBundle, how: string): Promise<Error> {
  const run = functionOf(bundle.instantiate(environment(), 'order'), 'order');
  const error: unknown = await (async () => run(how))().catch((one: unknown) => one);
  if (!(error instanceof Error)) {
    throw new Error('the workflow did not throw an error');
  }
  return error;
}

const stackOf = async (bundle: WorkflowBundle, how: string): Promise<string> =>
  mapStack((await errorOf(bundle, how)).stack ?? '', bundle.stackTable);

async function expectAuthorsLines(bundle: WorkflowBundle): Promise<void> {
  expect(await stackOf(bundle, 'here')).toMatch(/order \(src\/workflows\/order\.ts:10:/);
  const deep = await stackOf(bundle, 'deep');
  expect(deep).toMatch(/fail \(src\/lib\/fail\.ts:6:9\)/);
  expect(deep).toMatch(/src\/workflows\/order\.ts:11:/);
  expect(deep).toMatch(/order \(src\/workflows\/order\.ts:14:/);
  expect(await stackOf(bundle, 'package')).toMatch(/pkg \(node_modules\/pkg\/index\.js:3:/);
}

async function loadAs(change: (code: string, folder: string) => Promise<string>): Promise<WorkflowBundle> {
  const folder = makeProject(files);
  const { code } = await bundleProject(folder);
  return await loadCode(folder, await change(code, folder));
}

async function bundledAgain(code: string, folder: string, options: TransformOptions): Promise<string> {
  addFiles(folder, { 'workflows.js': code, 'worker.ts': surroundings });
  const { outputFiles } = await build({
    ...(options as object),
    entryPoints: [`${folder}/worker.ts`],
    bundle: true,
    format: 'esm',
    target: 'es2024',
    write: false,
  });
  return `// added\n\n${outputFiles[0]?.text}`;
}

describe('stacks: the author sees their own lines', () => {
  test('in the bundle as it is', async () => {
    await expectAuthorsLines(await loadAs(async (code) => code));
  });

  test('in a file that holds the bundle further down', async () => {
    await expectAuthorsLines(await loadAs(async (code) => `${'\n// more\n'.repeat(50)}${code}`));
  });

  test('after another esbuild has bundled it', async () => {
    await expectAuthorsLines(await loadAs((code, folder) => bundledAgain(code, folder, {})));
  });

  test('after an esbuild that keeps names, as wrangler does by default', async () => {
    await expectAuthorsLines(await loadAs((code, folder) => bundledAgain(code, folder, { keepNames: true })));
  });

  test('names of functions and classes survive another esbuild, with and without that', async () => {
    for (const keepNames of [true, false]) {
      const bundle = await loadAs((code, folder) => bundledAgain(code, folder, { keepNames }));
      const exports = bundle.instantiate(environment(), 'order');
      expect(functionOf(exports, 'order').name).toBe('order');
      expect((await errorOf(bundle, 'here')).constructor.name).toBe('OrderError');
    }
  });

  test('squeezed code keeps its stacks untouched: wrong lines would be worse', async () => {
    const bundle = await loadAs(
      async (code) => (await transform(code, { minify: true, format: 'esm' })).code,
    );
    const error = await errorOf(bundle, 'deep');
    expect(mapStack(error.stack ?? '', bundle.stackTable)).toBe(error.stack);
  });
});

describe('stacks: what is left alone', () => {
  test('other files, the message, and lines outside of the bundle', async () => {
    const bundle = await loadAs(async (code) => code);
    const [first] = bundle.stackTable.anchors ?? [];
    const file = /\((.*):\d+:\d+\)|at (.*):\d+:\d+/.exec(first?.seen?.split('\n')[1] ?? '');
    const name = file?.[1] ?? file?.[2] ?? '';
    const text = `Error: at 12:30 in other.js:5:5\n    at f (/elsewhere/index.js:40:1)\n    at g (${name}:1:1)\n    at h (${name}:99999:1)`;
    expect(mapStack(text, bundle.stackTable)).toBe(text);
  });

  test('a table without anchors counts lines as they are', () => {
    const table = { file: 'x.js', sources: ['a.ts'], names: [], mappings: 'AAAA;EACC' };
    expect(originalPosition(table, 2, 9)).toEqual({ source: 'a.ts', line: 2, column: 2 });
    expect(mapStack('    at f (x.js:2:9)\n    at g (y.js:2:9)', table)).toBe(
      '    at f (a.ts:2:2)\n    at g (y.js:2:9)',
    );
  });
});

describe('stacks: StackMapper', () => {
  test('rewrites an error and its causes, once', async () => {
    const bundle = await loadAs(async (code) => code);
    const cause = await errorOf(bundle, 'here');
    const error = new Error('outer', { cause });
    const mapper = new StackMapper(bundle.stackTable);
    mapper.mapError(error);
    expect(cause.stack).toMatch(/^Error: here\n.*src\/workflows\/order\.ts:10:/);
    const once = cause.stack;
    mapper.mapError(error);
    expect(cause.stack).toBe(once);
  });

  test('gives the frames of the author alone', async () => {
    const bundle = await loadAs(async (code) => code);
    const frames = new StackMapper(bundle.stackTable).authorFrames(
      (await errorOf(bundle, 'package')).stack ?? '',
    );
    expect(frames).toMatch(/^ +at .*order \(src\/workflows\/order\.ts:12:\d+\)$/);
  });
});

test('an error of a workflow that is not an async function is mapped too', async () => {
  const folder = makeProject({
    'src/workflows/index.ts': '\n\nexport function run() {\n  return new Error("x").stack;\n}',
  });
  const bundle = await loadCode(folder, (await bundleProject(folder)).code);
  expect(mapStack(String(call(bundle, 'run')), bundle.stackTable)).toMatch(
    /run \(src\/workflows\/index\.ts:4:10\)/,
  );
});

test('functions without a name are not called eval, as an evaluated bundle has it', async () => {
  const bundle = await loadAs(async (code) => code);
  const place = /at order \((.*?:\d+:\d+)\)/.exec((await errorOf(bundle, 'here')).stack ?? '')?.[1] ?? '';
  const frames = [`at eval (${place})`, `at async eval (${place})`, `at Object.eval [as handler] (${place})`];
  expect(mapStack(frames.map((frame) => `    ${frame}`).join('\n'), bundle.stackTable).split('\n')).toEqual([
    expect.stringMatching(/^ {4}at src\/workflows\/order\.ts:10:\d+$/),
    expect.stringMatching(/^ {4}at async src\/workflows\/order\.ts:10:\d+$/),
    expect.stringMatching(/^ {4}at Object\.handler \(src\/workflows\/order\.ts:10:\d+\)$/),
  ]);
});
