import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const manifest = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8'));

interface Target {
  'perdure-source': string;
  'module-sync'?: object;
  require?: { types: string; default: string };
  types: string;
  default: string;
}

describe('package.json: subpath exports', () => {
  test('each entry serves consumers from dist and this repository from src', () => {
    const entries = Object.entries<Target>(manifest.exports).filter(
      ([, target]) => typeof target === 'object',
    );
    expect(entries.length).toBeGreaterThan(0);
    for (const [, target] of entries) {
      const { types, default: module } = target;
      // Order matters: Node takes the first that it knows, for require() as for import; other runners' require() the next.
      const required = target.require ? ['module-sync', 'require'] : [];
      expect(Object.keys(target)).toEqual(['perdure-source', ...required, 'types', 'default']);
      if (target.require) {
        expect(target['module-sync']).toEqual({ types, default: module });
        expect(target.require.types).toBe(types.replace(/^\.\/dist\//, './dist/require/types/'));
      }
      expect(module).toBe(target['perdure-source'].replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js'));
      expect(types).toBe(module.replace(/\.js$/, '.d.ts'));
    }
  });

  test('compilers that know no exports find the same declarations', () => {
    const { '.': whole, ...entries } = manifest.exports as Record<string, Target>;
    const declared = Object.entries(entries).flatMap(([path, target]) =>
      typeof target === 'object' ? [[path.slice(2), [target.types]]] : [],
    );
    expect([manifest.types, manifest.typesVersions]).toEqual([
      whole?.types,
      { '*': Object.fromEntries(declared) },
    ]);
  });

  test('what a Worker may import is found in the sources by wrangler too, without a build', () => {
    const wrangler = readFileSync(`${import.meta.dirname}/../../wrangler.toml`, 'utf8');
    const [, section = ''] = /^\[alias\]\n((?:".+\n)+)/m.exec(wrangler) ?? [];
    const aliases = Object.fromEntries(
      [...section.matchAll(/^"(.+)" = "(.+)"$/gm)].map(([, name, to]) => [name, to]),
    );
    const exported = manifest.exports as Record<string, Target>;
    const inWorkers = [
      '',
      '/workflow',
      '/activity',
      '/client',
      '/common',
      '/common/lib/protobufs',
      '/nexus',
      '/proto',
      '/push',
    ];
    expect(aliases).toEqual(
      Object.fromEntries(
        inWorkers.map((path) => [`perdure${path}`, exported[`.${path}`]?.['perdure-source']]),
      ),
    );
  });
});
