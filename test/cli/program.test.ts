import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { TestWorkflowEnvironment } from 'perdure/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Command, type Group, isGroup } from '../../src/cli/command/definition.ts';
import { ENTRIES } from '../../src/cli/entries.ts';
import { runIn } from './run.ts';

const repository = join(import.meta.dirname, '../..');

function commandsOf(group: Group, path: string): [string, Command][] {
  return group.commands.flatMap((entry): [string, Command][] => {
    const name = `${path} ${entry.name.split(' ')[0]}`;
    return isGroup(entry) ? commandsOf(entry, name) : [[name, entry]];
  });
}

/** All commands on servers, with the words that call them. */
async function allCommands(): Promise<[string, Command][]> {
  const groups = await Promise.all(
    ENTRIES.map(async (entry) => ('group' in entry ? commandsOf(await entry.group(), entry.name) : [])),
  );
  return groups.flat();
}

describe('the command line', () => {
  test('helps with every command, and no flag of one has the name of another', async () => {
    const commands = await allCommands();
    expect(commands.length).toBeGreaterThan(80);
    for (const [name, { about, flags }] of commands) {
      const { code, stdout } = await runIn({}, [...name.split(' '), '--help']);
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(about);
      for (const { spec } of Object.values(flags)) expect(stdout).toContain(spec);
    }
  });

  test('is described in the reference, command by command and flag by flag', async () => {
    const reference = await readFile(join(repository, 'docs/reference/cli.md'), 'utf8');
    const sections = new Map(
      reference.split(/^#{2,3} /m).map((section) => {
        const end = section.indexOf('\n');
        return [section.slice(0, end).toLowerCase().replaceAll(' ', '-'), section.slice(end)] as const;
      }),
    );
    const sectionOf = (anchor: string): string => sections.get(anchor) ?? '';
    for (const [name, { flags }] of await allCommands()) {
      const own = sectionOf(`perdure-${name.replaceAll(' ', '-')}`);
      const shared = [...own.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => sectionOf(anchor));
      const text = [own, ...shared].join('\n');
      const specs = Object.values(flags).map(({ spec }) => spec);
      expect({ name, isThere: own !== '' }).toEqual({ name, isThere: true });
      expect({ name, missing: specs.filter((spec) => !text.includes(`\`${spec}\``)) }).toEqual({
        name,
        missing: [],
      });
    }
  });

  test('groups list what is below them; a wrong word is answered with a near one', async () => {
    expect((await runIn({}, ['help', 'workflow'])).stdout).toMatch(
      /^Usage: perdure workflow[\s\S]*signal-with-start/,
    );
    expect(await runIn({}, ['w', 'coutn'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('mean count?'),
    });
    expect(await runIn({}, ['workflow'])).toMatchObject({ code: 1 });
  });
});

describe('what is loaded', () => {
  /** Sources of an entry, without what it imports only when it comes to it. */
  async function sourcesOf(entry: string): Promise<string[]> {
    const { metafile } = await build({
      absWorkingDir: repository,
      entryPoints: [entry],
      bundle: true,
      splitting: true,
      write: false,
      outdir: 'out',
      format: 'esm',
      platform: 'node',
      packages: 'external',
      metafile: true,
      logLevel: 'silent',
    });
    const chunkOf = (path: string) => metafile.outputs[path];
    const first = Object.keys(metafile.outputs).find((path) => chunkOf(path)?.entryPoint === entry) ?? '';
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const { kind, path: next } of chunkOf(path)?.imports ?? [])
        if (kind !== 'dynamic-import') visit(next);
    };
    visit(first);
    return [...seen].flatMap((path) => Object.keys(chunkOf(path)?.inputs ?? {}));
  }

  test('a command without a server loads no client, and the first level nothing of any command', async () => {
    const main = await sourcesOf('src/cli/main.ts');
    expect(
      main.filter((path) => !/^src\/cli\/(main|program|entries|command\/|input\/parse)/.test(path)),
    ).toEqual([]);
    for (const tool of ['bundle', 'cost'])
      expect(
        (await sourcesOf(`src/cli/tools/${tool}.ts`)).filter((path) => path.startsWith('src/sdk/client')),
      ).toEqual([]);
    expect(await sourcesOf('src/cli/command/create-context.ts')).toContain('src/sdk/client/connection.ts');
  });
});

describe('what the environment says', () => {
  interface Seen {
    url: string | undefined;
    authorization: string | undefined;
    custom: unknown;
  }
  const seen: Seen[] = [];
  const server = createServer(({ url, headers }, response) => {
    seen.push({ url, authorization: headers.authorization, custom: headers.custom });
    response.end('{"count":"1"}');
  });
  let address = '';

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  const ask = async (env: Record<string, string>, ...flags: string[]): Promise<Seen | undefined> => {
    const { code, stderr } = await runIn({ env }, ['workflow', 'count', ...flags]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return seen.at(-1);
  };

  test('stands in for flags, under our names before those of Temporal', async () => {
    const temporal = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'theirs', TEMPORAL_API_KEY: 'k1' };
    expect(await ask(temporal)).toMatchObject({
      url: '/api/v1/namespaces/theirs/workflow-count',
      authorization: 'Bearer k1',
    });
    const ours = {
      ...temporal,
      TEMPORAL_ADDRESS: 'nowhere',
      PERDURE_ADDRESS: `http://${address}/`,
      PERDURE_NAMESPACE: 'ours',
    };
    expect(await ask(ours)).toMatchObject({ url: '/api/v1/namespaces/ours/workflow-count' });
    expect(await ask(ours, '-n', 'said', '--api-key', 'k2', '--grpc-meta', 'Custom=x')).toEqual({
      url: '/api/v1/namespaces/said/workflow-count',
      authorization: 'Bearer k2',
      custom: 'x',
    });
  });

  test('a server that does not answer in time is given up', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const at = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { code, stderr } = await runIn({}, [
      'workflow',
      'count',
      '--address',
      at,
      '--command-timeout',
      '50ms',
    ]);
    silent.closeAllConnections();
    silent.close();
    expect(code).toBe(1);
    expect(stderr).toContain('Deadline exceeded (DEADLINE_EXCEEDED)');
  });

  test('an address that is none is refused', async () => {
    const { code, stderr } = await runIn({}, ['workflow', 'count', '--address', 'ftp://x']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "perdure workflow count: Invalid address: expected http:// or https://, got 'ftp://x'\n",
    });
  });
});

describe('perdure server start-dev', () => {
  test('serves until it is told to end, with its namespaces and search attributes', async () => {
    let stdout = '';
    const world = {
      stdout: (text: string) => {
        stdout += text;
      },
      async untilStopped() {
        const address = /http:\/\/(\S+)/.exec(stdout)?.[1] ?? '';
        const env = await TestWorkflowEnvironment.createFromExistingServer({ address });
        const shop = await env.connection.workflowService.describeNamespace({ namespace: 'shop' });
        expect(shop.namespaceInfo?.name).toBe('shop');
        const found = await runIn({}, [
          'operator',
          'search-attribute',
          'list',
          '-n',
          'shop',
          '--address',
          address,
        ]);
        expect(found.stdout).toMatch(/Sku +KeywordList\n/);
        await env.teardown();
      },
    };
    const options = [
      '-p',
      '0',
      '--runtime',
      'in-process',
      '-n',
      'shop',
      '--search-attribute',
      'Sku=KeywordList',
    ];
    const { code, stderr } = await runIn(world, ['server', 'start-dev', ...options]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('refuses what it cannot do', async () => {
    const { code, stderr } = await runIn({}, ['server', 'start-dev', '--search-attribute', 'Sku=Thing']);
    expect(code).toBe(1);
    expect(stderr).toContain('--search-attribute Sku: expected one of text, keyword, int');
  });
});
