/** The reader of documents has to notice when a document is wrong, or the tests of documents mean nothing. */
import { describe, expect, test } from 'vitest';
import { compareOutput, readSteps } from './documents.ts';

describe('readSteps', () => {
  test('a command goes with the output block after it, and a titled block is a file', () => {
    const markdown = [
      '```sh\necho 1\n```\n\n```json\n1\n```\n',
      '```ts\n// src/a.ts\nlet a;\n```\n',
      '```ts\n// src/b.ts (one line more)\nlet b;\n```\n',
      '```ts\nlet shown;\n```\n',
    ].join('\ntext\n');
    expect(readSteps(markdown)).toMatchObject([
      { kind: 'command', script: 'echo 1\n', output: { language: 'json', text: '1\n' } },
      { kind: 'file', path: 'src/a.ts', isAppended: false, text: 'let a;\n' },
      { kind: 'file', path: 'src/b.ts', isAppended: true, text: 'let b;\n' },
    ]);
  });
});

describe('compareOutput: json', () => {
  const json = (text: string) => ({ language: 'json', text }) as const;

  test.each([
    ['{"a": 1}', '{"a":1,"b":2}'],
    ['{"a": "…"}', '{"a":"anything"}'],
    ['{"a": 1}', '{"b":2}{"a":1}'],
    ['{"a": "x}{y"}', '{"b":2}{"a":"x}{y"}'],
    ['{"a": [1]}', '{\n  "a": [\n    1\n  ]\n}'],
  ])('%s describes %s', (expected, output) => {
    expect(compareOutput(json(expected), output)).toBeUndefined();
  });

  test.each([
    ['{"a": 1}', '{"a":2}'],
    ['{"a": 1}', '{}'],
    ['{"a": "…"}', '{"b":"x"}'],
    ['{"a": [1]}', '{"a":[1,2]}'],
    ['{"a": {"b": 1}}', '{"a":{"b":2}}'],
    ['{"a": 1}', 'curl: (7) Failed to connect'],
    ['{"a": 1}', ''],
  ])('%s does not describe %s', (expected, output) => {
    expect(compareOutput(json(expected), output)).toBeTypeOf('string');
  });
});

describe('compareOutput: text', () => {
  const text = (lines: string) => ({ language: 'text', text: lines }) as const;

  test('lines have to follow each other, but for gaps that are shown', () => {
    expect(compareOutput(text('a\n…\nd'), '  a,\nb\nc\nd\n')).toBeUndefined();
    expect(compareOutput(text('a\nd'), 'a\nb\nd')).toBeTypeOf('string');
    expect(compareOutput(text('a\n…\nd\n…\nb'), 'a\nb\nd')).toBeTypeOf('string');
  });
});
