import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineConfig } from 'vitest/config';
import { perdure } from '../../src/bundler/vite.ts';
import { watchBundle } from '../../src/bundler/watch.ts';
import { writeBundle } from '../../src/bundler/write-bundle.ts';
import { addFiles, bundleProject, makeProject } from './project.ts';

const files = {
  'src/workflows/index.ts':
    "import { helper } from '../helper'; import pkg from 'pkg'; export const run = () => [helper(), pkg];",
  'src/helper.ts': 'export const helper = () => 1;',
  'node_modules/pkg/index.js': 'module.exports = 1;',
};

describe('the bundle: its hash', () => {
  test('and the whole file do not depend on the folder of the checkout', async () => {
    const [one, two] = await Promise.all([
      bundleProject(makeProject(files)),
      bundleProject(makeProject(files)),
    ]);
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(two.code).toBe(one.code);
    expect(two.hash).toBe(one.hash);
    expect(one.code).not.toContain('/tmp');
  });

  test('changes with the code, and not with comments or the lines where it stands', async () => {
    const hashOf = async (helper: string): Promise<string> =>
      (await bundleProject(makeProject({ ...files, 'src/helper.ts': helper }))).hash;
    const plain = await hashOf('export const helper = () => 1;');
    expect(await hashOf('// a comment\n\n\nexport const helper = () => 1;')).toBe(plain);
    expect(await hashOf('export const helper = () => 2;')).not.toBe(plain);
  });
});

describe('the bundle: its files', () => {
  test('are a module and its declaration, written only when they change', async () => {
    const projectRoot = makeProject(files);
    const options = { projectRoot, workflowsPath: 'src/workflows' };
    const first = await writeBundle(options);
    expect(first.isChanged).toBe(true);
    expect(readFileSync(join(projectRoot, '.perdure/workflows.js'), 'utf8')).toBe(first.code);
    expect(readFileSync(join(projectRoot, '.perdure/workflows.d.ts'), 'utf8')).toContain('WorkflowBundle');

    const longAgo = new Date(1000);
    utimesSync(first.outFile, longAgo, longAgo);
    expect((await writeBundle(options)).isChanged).toBe(false);
    expect(statSync(first.outFile).mtime).toEqual(longAgo);

    addFiles(projectRoot, { 'src/helper.ts': 'export const helper = () => 3;' });
    expect((await writeBundle(options)).isChanged).toBe(true);
  });

  test('stay as they were when a later build fails', async () => {
    const projectRoot = makeProject(files);
    const options = { projectRoot, workflowsPath: 'src/workflows' };
    const { outFile, code } = await writeBundle(options);
    addFiles(projectRoot, { 'src/helper.ts': 'export const helper = (' });
    await expect(writeBundle(options)).rejects.toThrow('src/helper.ts:1:');
    expect(readFileSync(outFile, 'utf8')).toBe(code);
  });
});

describe('watching', () => {
  test('a change of an imported file makes a new bundle, a broken one is reported, a repaired one heals it', async () => {
    const projectRoot = makeProject(files);
    const seen: string[] = [];
    let wake = (): void => undefined;
    const next = (): Promise<void> =>
      new Promise((resolve) => {
        wake = resolve;
      });
    const watcher = watchBundle({ projectRoot, workflowsPath: 'src/workflows' }, undefined, {
      onBundle: (bundle) => {
        seen.push(bundle.isChanged ? 'changed' : 'same');
        wake();
      },
      onError: () => {
        seen.push('error');
        wake();
      },
    });
    try {
      await watcher.ready;
      for (const text of [
        'export const helper = () => 2;',
        'export const helper = (',
        'export const helper = () => 4;',
      ]) {
        const woken = next();
        writeFileSync(join(projectRoot, 'src/helper.ts'), text);
        await woken;
      }
      expect(seen.filter((one, index) => one !== 'same' || index === 0)).toEqual([
        'changed',
        'changed',
        'error',
        'changed',
      ]);
    } finally {
      watcher.close();
    }
  }, 20_000);
});

describe('the Vite plugin', () => {
  function server() {
    const listeners: ((event: string, path: string) => void)[] = [];
    const errors: string[] = [];
    const watched: string[] = [];
    return {
      watched,
      errors,
      emit: (path: string) => {
        for (const listener of listeners) {
          listener('change', path);
        }
      },
      vite: {
        watcher: {
          add: (path: string) => watched.push(path),
          on: (_: 'all', one: (event: string, path: string) => void) => listeners.push(one),
        },
        config: { logger: { error: (text: string) => errors.push(text) } },
      },
    };
  }

  test('bundles before anything is loaded, and again on a change', async () => {
    const root = makeProject(files);
    const plugin = perdure();
    await plugin.config({ root });
    const out = join(root, '.perdure/workflows.js');
    const before = readFileSync(out, 'utf8');
    const { vite, emit, watched, errors } = server();
    plugin.configureServer(vite);
    expect(watched).toEqual([join(root, 'src/workflows')]);

    addFiles(root, { 'src/helper.ts': 'export const helper = () => 9;' });
    emit(join(root, 'src/helper.ts'));
    await expect.poll(() => readFileSync(out, 'utf8')).not.toBe(before);

    addFiles(root, { 'src/helper.ts': 'import "node:fs"; export const helper = () => 9;' });
    emit(join(root, 'src/helper.ts'));
    await expect
      .poll(() => errors.join('\n'))
      .toContain("src/helper.ts:1:8: 'node:fs' is a module of Node.js");
  });

  test('is a plugin to Vite', () => {
    expect(defineConfig({ plugins: [perdure()] }).plugins).toMatchObject([
      { name: 'perdure', enforce: 'pre' },
    ]);
  });

  test('a bundle that cannot be built stops the start', async () => {
    const root = makeProject({ 'src/workflows/index.ts': "import 'node:fs'; export const run = () => 1;" });
    await expect(perdure().config({ root })).rejects.toThrow("'node:fs' is a module of Node.js");
    expect(existsSync(join(root, '.perdure'))).toBe(false);
  });
});
