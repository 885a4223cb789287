import { describe, expect, test } from 'vitest';
import { findCircles, findViolations } from '../../scripts/lib/import-rules.ts';

function messages(file: string, source: string): string[] {
  return findViolations(file, source).map(({ line, message }) => `${line}: ${message}`);
}

describe('import rules: direction', () => {
  test.each([
    ['src/sdk/common/a.ts', "import { b } from '../../engine/b.ts';"],
    ['src/engine/a.ts', "import { b } from '../executor/b.ts';"],
    ['src/engine/deep/a.ts', "export * from '../../objects/b.ts';"],
    ['src/executor/a.ts', "import type { B } from '../sdk/workflow/b.ts';"],
    ['src/executor/a.ts', "const b = await import('../objects/b.ts');"],
    ['src/engine/a.ts', "type B = import('../executor/b.ts').B;"],
    ['src/objects/a.ts', "import { b } from '../runtime/runtime.ts';"],
    ['src/sdk/client/a.ts', "import { b } from 'perdure/worker';"],
  ])('%s is refused %s', (file, source) => {
    expect(messages(file, source)).toEqual([expect.stringMatching(/^1: src\/\S+ cannot import/)]);
  });

  test.each([
    ['src/engine/a.ts', "import { b } from '../sdk/common/b.ts';"],
    ['src/engine/a.ts', "import { b } from './b.ts';"],
    ['src/executor/a.ts', "import { b } from '../engine/b.ts';"],
    ['src/sdk/workflow/a.ts', "import { b } from '../../executor/b.ts';"],
    ['src/objects/a.ts', "import { b } from '../executor/b.ts';"],
    ['src/runtime/runtime.ts', "import { b } from './objects/b.ts';"],
    ['src/workflows/a.ts', "import { sleep } from 'perdure/workflow';"],
  ])('%s is allowed %s', (file, source) => {
    expect(messages(file, source)).toEqual([]);
  });

  test('routes see objects by type only', () => {
    expect(messages('src/routes/a.ts', "import type { B } from '../objects/b.ts';")).toEqual([]);
    expect(messages('src/routes/a.ts', "\nimport { B } from '../objects/b.ts';")).toEqual([
      "2: src/routes may import only types from src/objects: use 'import type'",
    ]);
  });

  test('a multi-line type import is seen, at its own line', () => {
    const source = "const a = 1;\n\nimport type {\n  B,\n  C,\n} from '../objects/b.ts';";
    expect(messages('src/engine/a.ts', source)).toEqual([
      expect.stringMatching(/^3: src\/engine cannot import from/),
    ]);
  });
});

describe('import rules: the host', () => {
  test('cloudflare:workers stays in objects and the runtime', () => {
    const source = "import { DurableObject } from 'cloudflare:workers';";
    expect(messages('src/objects/a.ts', source)).toEqual([]);
    expect(messages('src/runtime/platform-calls.ts', source)).toEqual([]);
    expect(messages('src/routes/a.ts', source)).toEqual([
      '1: cloudflare:workers is imported only in src/objects and src/runtime/platform-calls.ts, src/demo/entrypoints.ts',
    ]);
  });

  test('the engine and the common types import no package and no host module', () => {
    for (const specifier of ['hono', 'node:async_hooks', 'cloudflare:sockets']) {
      const source = `import { b } from '${specifier}';`;
      expect(messages('src/engine/a.ts', source)).toHaveLength(1);
      expect(messages('src/sdk/common/a.ts', source)).toHaveLength(1);
      expect(messages('src/objects/a.ts', source)).toEqual([]);
    }
  });

  test.each([
    'Date.now()',
    'new Date()',
    'Date()',
    'Math.random()',
    'setTimeout(f, 1)',
    'crypto.randomUUID()',
  ])('the engine does not read %s', (expression) => {
    const source = `export const f = (): unknown => ${expression};`;
    expect(messages('src/engine/a.ts', source)).toEqual([expect.stringMatching(/^1: src\/engine reads /)]);
    expect(messages('src/objects/a.ts', source)).toEqual([]);
  });

  test('a date made from an argument is no read', () => {
    expect(
      messages('src/engine/a.ts', 'export const f = (now: number) => new Date(now).toISOString();'),
    ).toEqual([]);
  });
});

describe('import rules: circles', () => {
  const circles = (sources: Record<string, string>) =>
    findCircles(new Map(Object.entries(sources))).map(({ file, message }) => `${file}: ${message}`);

  test('a value that comes back to its file is told of once, with the way it takes', () => {
    const sources = {
      'src/engine/a.ts': "import { b } from './b.ts';",
      'src/engine/b.ts': "export { c } from './c.ts';",
      'src/engine/c.ts': "import { a } from './a.ts';",
      'src/engine/d.ts': "import { c } from './c.ts';",
    };
    expect(circles(sources)).toEqual([
      'src/engine/a.ts: a circle of values: src/engine/a.ts -> src/engine/b.ts -> src/engine/c.ts -> src/engine/a.ts',
    ]);
  });

  test.each([
    ['types', "import type { A } from './a.ts';"],
    ['what is loaded later', "const a = await import('./a.ts');"],
  ])('%s may come back', (_what, back) => {
    expect(circles({ 'src/engine/a.ts': "import { b } from './b.ts';", 'src/engine/b.ts': back })).toEqual(
      [],
    );
  });
});
