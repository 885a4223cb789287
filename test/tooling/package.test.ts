import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const manifest = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8'));

describe('package.json: subpath exports', () => {
  test('each entry serves consumers from dist and this repository from src', () => {
    const entries = Object.entries<Record<string, string>>(manifest.exports).filter(
      ([, target]) => typeof target === 'object',
    );
    expect(entries.length).toBeGreaterThan(0);
    for (const [, target] of entries) {
      // Order matters: Node takes the first that it knows, for require() as for import; other runners' require() the next.
      const required = ['module-sync', 'require'].filter((condition) => condition in target);
      expect(Object.keys(target)).toEqual(['perdure-source', 'types', ...required, 'default']);
      if (required.length > 0) expect(target['module-sync']).toBe(target.default);
      expect(target.default).toBe(
        target['perdure-source']?.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js'),
      );
      expect(target.types).toBe(target.default?.replace(/\.js$/, '.d.ts'));
    }
  });
});
