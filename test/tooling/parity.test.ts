import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  findCitations,
  readParity,
  renderIndex,
  renderPage,
  report,
  type SourceFile,
} from '../../scripts/lib/parity.ts';

// The groups here are made up: this file is scanned like every other test and must not count as citing real statements.
const groups = new Set(['DEMO', 'MOCK']);
const PATH = 'docs/design/parity/demo.md';
const MARKERS = '<!-- tests -->\n<!-- /tests -->\n';

function page(...items: string[]): SourceFile {
  return { path: PATH, text: `# DEMO: demonstration\n\n${items.join('\n')}\n\n${MARKERS}` };
}

function testFile(text: string, path = 'test/engine/demo.test.ts'): SourceFile {
  return { path, text };
}

describe('parity: citations', () => {
  test('numbers, ranges and the one letter are found in names and comments', () => {
    const source =
      "// DEMO-2, MOCK-R\ntest('DEMO-10: a cancelled timer', () => {}); /* DEMO-4..6 and MOCK-1..MOCK-2 */";
    expect(findCitations(source, groups)).toEqual([
      'DEMO-2',
      'MOCK-R',
      'DEMO-10',
      'DEMO-4',
      'DEMO-5',
      'DEMO-6',
      'MOCK-1',
      'MOCK-2',
    ]);
  });

  test('other words with a hyphen and a number are none', () => {
    expect(findCitations('UTF-8 AES-256 XDEMO-1 DEMO-1x A-DEMO-1 DEMO-1-2 demo-1', groups)).toEqual([]);
  });

  test('a number is counted once per file', () => {
    expect(findCitations('DEMO-1 DEMO-1..2 DEMO-2', groups)).toEqual(['DEMO-1', 'DEMO-2']);
  });
});

describe('parity: reading', () => {
  test('a statement goes on over indented lines and ends in its status', () => {
    const { pages, problems } = readParity(
      [
        page(
          '- DEMO-1 First words,\n  more words. Status: different:\n  because of that.',
          '- DEMO-2 Two. Status: uncovered.',
        ),
      ],
      [],
    );
    expect(problems).toEqual([]);
    expect(pages[0]?.statements).toEqual([
      { id: 'DEMO-1', words: 'First words, more words.', status: 'different', reason: 'because of that' },
      { id: 'DEMO-2', words: 'Two.', status: 'uncovered', reason: undefined },
    ]);
  });

  test.each([
    [
      'no status',
      '- DEMO-1 Words.',
      `${PATH}: DEMO-1 does not end in "Status: covered | uncovered | planned | different | not applicable."`,
    ],
    ['a status of its own making', '- DEMO-1 Words. Status: done.', /DEMO-1 does not end in/],
    [
      'no reason',
      '- DEMO-1 Words. Status: not applicable.',
      `${PATH}: DEMO-1 is not applicable without a reason`,
    ],
    [
      'a number twice',
      '- DEMO-1 Words. Status: uncovered.\n- DEMO-1 Again. Status: uncovered.',
      'DEMO-1 is stated twice',
    ],
    [
      'covered by nothing',
      '- DEMO-1 Words. Status: covered.',
      'DEMO-1 is marked covered, and no test names it',
    ],
  ])('%s is a problem', (_, items, problem) => {
    const expected = typeof problem === 'string' ? problem : expect.stringMatching(problem);
    expect(readParity([page(items)], []).problems).toEqual([expected]);
  });

  test('a page without markers is a problem', () => {
    expect(readParity([{ path: PATH, text: '# DEMO' }], []).problems).toEqual([
      `${PATH}: the markers <!-- tests --> and <!-- /tests --> are missing`,
    ]);
  });

  test('a number of a known group that nothing states is a problem, with the file that cites it', () => {
    const { problems } = readParity(
      [page('- DEMO-1 Words. Status: uncovered.')],
      [testFile('DEMO-1 DEMO-7 OTHER-1')],
    );
    expect(problems).toEqual(['test/engine/demo.test.ts cites DEMO-7, which no page states']);
  });
});

describe('parity: writing', () => {
  const statements = page(
    '- DEMO-1 Words. Status: uncovered.',
    '- DEMO-2 Words. Status: planned: with the\n  next capability.',
    '- DEMO-3 Words. Status: different: on purpose.',
    '- DEMO-4 Words. Status: uncovered.',
  );
  const tests = [testFile('DEMO-1..3', 'test/sdk/b.test.ts'), testFile('DEMO-1', 'test/a.test.ts')];
  const parity = readParity([statements], tests);
  const written = { path: PATH, text: renderPage(statements, parity) };

  test('what a test names becomes covered, what differs on purpose stays', () => {
    expect(
      readParity([written], tests).pages[0]?.statements.map(({ id, status }) => `${id} ${status}`),
    ).toEqual(['DEMO-1 covered', 'DEMO-2 covered', 'DEMO-3 different', 'DEMO-4 uncovered']);
  });

  test('the tests of a statement are linked from its page, by path', () => {
    expect(written.text).toContain(
      '| DEMO-1 | [a.test.ts](../../../test/a.test.ts), [sdk/b.test.ts](../../../test/sdk/b.test.ts) |\n| DEMO-2 | ',
    );
    expect(written.text).not.toContain('| DEMO-4 |');
  });

  test('writing twice changes nothing, a lost test is never written away', () => {
    expect(renderPage(written, readParity([written], tests))).toBe(written.text);
    const without = readParity([written], []);
    expect(renderPage(written, without)).toContain('- DEMO-1 Words. Status: covered.');
    expect(without.problems).toContain('DEMO-1 is marked covered, and no test names it');
  });

  test('the index counts each group and all of them', () => {
    const index = 'Before\n<!-- summary -->\nold\n<!-- /summary -->\nAfter';
    const text = renderIndex(index, 'docs/design/parity.md', readParity([written], tests));
    expect(text).toContain(
      '| [DEMO: demonstration](parity/demo.md) | 4 | 2 | 1 | 0 | 1 | 0 |\n| All | 4 | 2 | 1 | 0 | 1 | 0 |',
    );
    expect(text).not.toContain('old');
    expect(text.startsWith('Before\n') && text.endsWith('\nAfter')).toBe(true);
  });

  test('the report says how much there is and lists the tests of each', () => {
    const lines = report(readParity([written], tests)).split('\n');
    expect(lines[0]).toBe(
      '4 statements: 2 covered by 2 test files, 1 deliberately different, 0 not applicable, 0 planned, 1 uncovered',
    );
    expect(lines).toContain('  DEMO-1    covered         test/a.test.ts test/sdk/b.test.ts');
    expect(lines).toContain('  DEMO-4    uncovered');
  });
});

describe('parity: the pages of this repository', () => {
  const folder = `${import.meta.dirname}/../../docs/design/parity`;
  const pages = readdirSync(folder).map((name) => ({
    path: `docs/design/parity/${name}`,
    text: readFileSync(`${folder}/${name}`, 'utf8'),
  }));
  const { pages: read, problems } = readParity(pages, []);

  test('are well formed', () => {
    expect(problems.filter((problem) => !problem.endsWith('no test names it'))).toEqual([]);
  });

  test('number the statements of a group without a gap', () => {
    const numbers = new Map<string, number[]>();
    for (const { id } of read.flatMap((entry) => entry.statements)) {
      const [group = '', number = ''] = id.split('-');
      if (/^\d+$/.test(number)) numbers.set(group, [...(numbers.get(group) ?? []), Number(number)]);
    }
    expect(numbers.size).toBeGreaterThan(30);
    for (const [group, found] of numbers) {
      expect([group, found.sort((a, b) => a - b)]).toEqual([group, found.map((_, index) => index + 1)]);
    }
  });
});
