import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeProject } from '../bundler/project.ts';

const root = join(import.meta.dirname, '../..');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command from its source, under a Node that can. */
function perdure(cwd: string, ...args: string[]): Promise<Ended> {
  const node = join(root, 'node_modules/.bin/node');
  return new Promise((resolve) => {
    execFile(
      node,
      [join(root, 'src/cli/main.ts'), ...args],
      { cwd, timeout: 30_000 },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
      },
    );
  });
}

const good = {
  'src/workflows/index.ts': 'export async function order() {}\nexport async function cart() {}',
};

describe('perdure bundle', () => {
  test('writes the bundle and says what is in it', async () => {
    const folder = makeProject(good);
    const { code, stdout, stderr } = await perdure(folder, 'bundle');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\.perdure\/workflows\.js: cart, order\n {2}[\d.]+ KiB, build [0-9a-f]{12}\n$/);
    expect(readFileSync(join(folder, '.perdure/workflows.js'), 'utf8')).toContain('formatVersion: 1');
    expect((await perdure(folder, 'bundle')).stdout).toContain('unchanged');
  });

  test('takes paths', async () => {
    const folder = makeProject({ 'flows/one.ts': 'export const one = () => 1;' });
    const { code } = await perdure(folder, 'bundle', '--workflows', 'flows', '--out', 'out/w.js');
    expect(code).toBe(0);
    expect(existsSync(join(folder, 'out/w.js'))).toBe(true);
    expect(existsSync(join(folder, 'out/w.d.ts'))).toBe(true);
  });

  test('ends with 1 and the reasons when the workflows cannot be bundled', async () => {
    const folder = makeProject({
      'src/workflows/index.ts': "import 'node:fs';\nexport const run = () => 1;",
    });
    const { code, stdout, stderr } = await perdure(folder, 'bundle');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain("disallowed modules:\n  - 'node:fs'\n");
    expect(stderr).toMatch(/^src\/workflows\/index\.ts:1:8: 'node:fs' is a module of Node\.js/m);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(existsSync(join(folder, '.perdure'))).toBe(false);
  });
});

describe('perdure', () => {
  test('helps', async () => {
    const { code, stdout } = await perdure(root, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/bundle +Build the workflow bundle/);
  });

  test('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const { code, stdout } = await perdure(root, '--version');
    expect(code).toBe(0);
    expect(stdout).toContain(`perdure/${version}`);
  });

  test.each([
    [[], 'a command is needed'],
    [['nope'], "unknown command 'nope'"],
    [['bundle', '--nope'], "unknown option '--nope'"],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await perdure(root, ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});
