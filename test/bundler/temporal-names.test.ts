/** Code that keeps its imports of `@temporalio/*`, because the project maps those names to this library. */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BundleError } from '../../src/bundler/bundle-error.ts';
import {
  bundleProject,
  call,
  type Files,
  linkPackages,
  loadCode,
  loadProject,
  makeProject,
} from './project.ts';

const modules = {
  'perdure/workflow': { sleep: () => 'slept' },
  'perdure/common': { ApplicationFailure: 'failure' },
  'perdure/workflow/lib/trigger': { Trigger: 'trigger' },
  'perdure/common/lib/converter/payload-converter': { defaultPayloadConverter: 'converter' },
};

const workflow: Files = {
  'src/workflows/index.ts': `
    import { sleep } from '@temporalio/workflow';
    import * as common from '@temporalio/common';
    import { Trigger } from '@temporalio/workflow/lib/trigger';
    import { defaultPayloadConverter } from '@temporalio/common/lib/converter/payload-converter.js';
    import { required } from './required.cjs';
    export const run = async () => [
      sleep(), common.ApplicationFailure, Trigger, defaultPayloadConverter, required.sleep(),
      (await import('@temporalio/workflow')).sleep(),
    ];`,
  'src/workflows/required.cjs': "exports.required = require('@temporalio/workflow');",
};

const injected = ['slept', 'failure', 'trigger', 'converter', 'slept', 'slept'];

/** What Temporal's own package looks like from here: it is not what workflow code gets. */
const installed: Files = {
  'node_modules/@temporalio/workflow/package.json': '{"name":"@temporalio/workflow","main":"lib/index.js"}',
  'node_modules/@temporalio/workflow/lib/index.js': "require('node:fs'); exports.sleep = () => 'theirs';",
  'node_modules/@temporalio/workflow/lib/trigger.js': "exports.Trigger = 'theirs';",
  'node_modules/@temporalio/common/package.json': '{"name":"@temporalio/common","main":"lib/index.js"}',
  'node_modules/@temporalio/common/lib/index.js': "exports.ApplicationFailure = 'theirs';",
};

async function refusal(files: Files): Promise<string> {
  const error = await bundleProject(makeProject(files)).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(BundleError);
  return error instanceof Error ? error.message : '';
}

describe("Temporal's package names in workflow code", () => {
  test('mean this library, by whatever form of import, modules below lib/ too', async () => {
    expect(await call(await loadProject(workflow), 'run', [], { modules })).toEqual(injected);
  });

  test("mean it also where Temporal's own packages are installed", async () => {
    const bundle = await loadProject({ ...workflow, ...installed });
    expect(await call(bundle, 'run', [], { modules })).toEqual(injected);
  });

  test.each([
    ['by name', (): Record<string, string> => ({ '@temporalio/workflow': 'perdure/workflow' })],
    [
      'by file',
      (): Record<string, string> => ({
        '@temporalio/workflow': join(import.meta.dirname, '../../src/sdk/workflow/index.ts'),
      }),
    ],
  ])('mean it where an alias says so %s', async (_how, alias) => {
    const bundle = await loadProject(workflow, { alias: alias() });
    expect(await call(bundle, 'run', [], { modules })).toEqual(injected);
  });

  test('mean it where tsconfig.json maps them into the installed package', async () => {
    const paths = { '@temporalio/*': ['./node_modules/perdure/src/sdk/*/index.ts'] };
    const project = makeProject({
      ...workflow,
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths } }),
    });
    linkPackages(project, []);
    const { code } = await bundleProject(project);
    expect(await call(await loadCode(project, code), 'run', [], { modules })).toEqual(injected);
  });

  test("mean the author's own module where the project has put one in their place", async () => {
    const mine = "export * from 'perdure/workflow'; export const sleep = () => 'mine';";
    const source = "import { sleep } from '@temporalio/workflow'; export const run = () => sleep();";
    const files = { 'src/workflows/index.ts': source, 'src/mine.ts': mine, ...installed };
    const paths = { '@temporalio/workflow': ['./src/mine.ts'] };
    const mapped = await loadProject({
      ...files,
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths } }),
    });
    expect(call(mapped, 'run', [], { modules })).toBe('mine');

    const project = makeProject(files);
    const { code } = await bundleProject(project, {
      alias: { '@temporalio/workflow': join(project, 'src/mine.ts') },
    });
    expect(call(await loadCode(project, code), 'run', [], { modules })).toBe('mine');
  });

  test('mean it inside of packages, in interceptors and in converters', async () => {
    const bundle = await loadProject(
      {
        'src/workflows/index.ts': "import { rest } from 'lib'; export const run = () => rest();",
        'node_modules/lib/index.js':
          "const wf = require('@temporalio/workflow'); exports.rest = () => wf.sleep();",
        'src/interceptors.ts':
          "import { sleep } from '@temporalio/workflow'; export const interceptors = () => [sleep()];",
        'src/converter.ts':
          "import { ApplicationFailure } from '@temporalio/common'; export const payloadConverter = ApplicationFailure;",
        ...installed,
      },
      { interceptorModules: ['./src/interceptors.ts'], payloadConverterPath: './src/converter.ts' },
    );
    expect(call(bundle, 'run', [], { modules })).toBe('slept');
    expect(bundle.workflowTypes).toEqual(['run']);
  });

  test('pass on nothing that would be a workflow, and calls of theirs make none', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts': `
        export { sleep } from '@temporalio/workflow';
        export * from '@temporalio/common';
        import * as wf from '@temporalio/workflow';
        export const question = wf.defineQuery(() => 1);
        export const run = () => 1;`,
      ...installed,
    });
    expect(bundle.workflowTypes).toEqual(['run']);
  });

  test.each([
    [
      '@temporalio/activity',
      /'@temporalio\/activity' is for activities: import their types with "import type"/,
    ],
    ['@temporalio/client', /'@temporalio\/client' cannot be used in workflow code/],
    ['@temporalio/worker', /'@temporalio\/worker' cannot be used in workflow code/],
    ['@temporalio/testing', /'@temporalio\/testing' cannot be used in workflow code/],
    [
      '@temporalio/common/lib/internal-non-workflow',
      /'@temporalio\/common\/lib\/internal-non-workflow' cannot/,
    ],
    ['@temporalio/workflow/lib/unheard-of', /'@temporalio\/workflow\/lib\/unheard-of' cannot be used/],
  ])('%s is refused with the advice that it has under its own name', async (specifier, message) => {
    const source = `import * as x from '${specifier}';\nexport const run = () => x;`;
    expect(await refusal({ 'src/workflows/index.ts': source })).toMatch(message);
  });

  test('other packages of theirs are packages like any other', async () => {
    const bundle = await loadProject({
      'src/workflows/index.ts':
        "import { traced } from '@temporalio/interceptors-x/lib/workflow'; export const run = () => traced();",
      'node_modules/@temporalio/interceptors-x/lib/workflow.js':
        "const { sleep } = require('@temporalio/workflow'); exports.traced = () => ['traced', sleep()];",
    });
    expect(call(bundle, 'run', [], { modules })).toEqual(['traced', 'slept']);
  });

  test.each(['@temporalio/client', 'perdure/client'])(
    'what ignoreModules lists as %s is ignored under both names',
    async (ignored) => {
      const source = `
        import * as theirs from '@temporalio/client/lib/errors';
        export const run = (use: boolean) => use ? theirs.ServiceError : 'fine';`;
      const bundle = await loadProject({ 'src/workflows/index.ts': source }, { ignoreModules: [ignored] });
      expect(call(bundle, 'run', [false])).toBe('fine');
      expect(() => call(bundle, 'run', [true])).toThrow(
        /'@temporalio\/client\/lib\/errors' is listed in ignoreModules .* 'ServiceError'/,
      );
    },
  );
});
