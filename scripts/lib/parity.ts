/**
 * The parity pages (docs/design/parity/) against the tests that cite their statements.
 *
 * P1. A statement is a list item, `- WFT-3 <words>. Status: <status>[: <reason>].`, on one page, continued by indented lines.
 * P2. A test covers a statement by naming its number anywhere in its source: `WFT-3`, or in a range, `WFT-1..3`.
 * P3. People write words, status and reason; the program writes what stands between the markers, and turns `uncovered` or
 *     `planned` into `covered` once a test names the statement. It never turns anything back: a lost test is a problem.
 */
const STATUSES = ['covered', 'uncovered', 'planned', 'different', 'not applicable'] as const;
export type Status = (typeof STATUSES)[number];

const NEEDS_REASON: ReadonlySet<Status> = new Set(['planned', 'different', 'not applicable']);

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  path: string;
  text: string;
}

export interface Statement {
  id: string;
  words: string;
  status: Status;
  reason: string | undefined;
}

export interface Page {
  path: string;
  title: string;
  statements: readonly Statement[];
}

export interface Parity {
  pages: readonly Page[];
  /** Test files by statement, in order of path. */
  testsById: ReadonlyMap<string, readonly string[]>;
  problems: readonly string[];
}

interface Entry {
  id: string;
  /** Where the item stands in the page's text. */
  start: number;
  end: number;
  words: string;
}

const ITEM = /^- ([A-Z]+-(?:\d+|R)) ([^\n]*(?:\n {2}[^\n]*)*)$/gm;
const STATUS = new RegExp(`^(.*?) Status: (${STATUSES.join('|')})(?:: (.+))?\\.$`);
const CITATION = /(?<![\w-])([A-Z]+)-(\d+|R)(?:\.\.(?:\1-)?(\d+))?(?![\w-])/g;
const TESTS_BLOCK = /<!-- tests -->\n[\s\S]*?<!-- \/tests -->/;
const SUMMARY_BLOCK = /<!-- summary -->\n[\s\S]*?<!-- \/summary -->/;

export function readParity(pages: readonly SourceFile[], tests: readonly SourceFile[]): Parity {
  const problems: string[] = [];
  const read = pages.map((page) => readPage(page, problems));
  const statements = read.flatMap((page) => page.statements);
  const known = new Set(statements.map((statement) => statement.id));
  if (known.size < statements.length) problems.push(...duplicates(statements));
  const testsById = collectTests(known, tests, problems);
  for (const { id, status } of statements) {
    if (status === 'covered' && !testsById.has(id))
      problems.push(`${id} is marked covered, and no test names it`);
  }
  return { pages: read, testsById, problems };
}

/** The numbers that a source cites, of groups that exist; ranges written out. */
export function findCitations(source: string, groups: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  for (const [, group = '', first = '', last] of source.matchAll(CITATION)) {
    if (!groups.has(group)) continue;
    if (last === undefined) found.add(`${group}-${first}`);
    else for (let n = Number(first); n <= Number(last); n++) found.add(`${group}-${n}`);
  }
  return [...found];
}

/** The page as it should be: statuses moved up (P3), the list of tests rewritten. */
export function renderPage({ path, text }: SourceFile, parity: Parity): string {
  let result = '';
  let at = 0;
  for (const { id, start, end } of findEntries(text)) {
    const item = text.slice(start, end);
    result += text.slice(at, start) + (parity.testsById.has(id) ? asCovered(item) : item);
    at = end;
  }
  result += text.slice(at);
  const ids = findEntries(text).map(({ id }) => id);
  return result.replace(
    TESTS_BLOCK,
    () => `<!-- tests -->\n${testsTable(path, ids, parity.testsById)}<!-- /tests -->`,
  );
}

export function renderIndex(text: string, indexPath: string, parity: Parity): string {
  return text.replace(
    SUMMARY_BLOCK,
    () => `<!-- summary -->\n${summaryTable(indexPath, parity)}<!-- /summary -->`,
  );
}

/** What `npm run parity` prints: totals, then each statement with its status and tests. */
export function report(parity: Parity): string {
  const counts = countStatuses(parity.pages.flatMap((page) => page.statements));
  const testFiles = new Set([...parity.testsById.values()].flat());
  const lines = parity.pages.flatMap((page) => [
    '',
    page.title,
    ...page.statements.map(({ id, status }) =>
      `  ${id.padEnd(10)}${status.padEnd(16)}${(parity.testsById.get(id) ?? []).join(' ')}`.trimEnd(),
    ),
  ]);
  return [
    `${counts.total} statements: ${counts.covered} covered by ${testFiles.size} test files, ${counts.different} deliberately different, ` +
      `${counts['not applicable']} not applicable, ${counts.planned} planned, ${counts.uncovered} uncovered`,
    ...lines,
  ].join('\n');
}

function readPage({ path, text }: SourceFile, problems: string[]): Page {
  const title = /^# (.+)$/m.exec(text)?.[1] ?? path;
  if (!TESTS_BLOCK.test(text))
    problems.push(`${path}: the markers <!-- tests --> and <!-- /tests --> are missing`);
  const statements = findEntries(text).flatMap(({ id, words }) => {
    const match = STATUS.exec(words);
    if (!match) {
      problems.push(`${path}: ${id} does not end in "Status: ${STATUSES.join(' | ')}."`);
      return [];
    }
    const [, said = '', status, reason] = match;
    const statement = { id, words: said, status: status as Status, reason };
    if (NEEDS_REASON.has(statement.status) && !reason)
      problems.push(`${path}: ${id} is ${status} without a reason`);
    return [statement];
  });
  return { path, title, statements };
}

function findEntries(text: string): Entry[] {
  return [...text.matchAll(ITEM)].map((match) => ({
    id: match[1] ?? '',
    start: match.index,
    end: match.index + match[0].length,
    words: (match[2] ?? '').replace(/\s+/g, ' ').trim(),
  }));
}

function duplicates(statements: readonly Statement[]): string[] {
  const seen = new Set<string>();
  return statements.flatMap(({ id }) => (seen.size < seen.add(id).size ? [] : [`${id} is stated twice`]));
}

function collectTests(known: ReadonlySet<string>, tests: readonly SourceFile[], problems: string[]) {
  const groups = new Set([...known].map((id) => id.slice(0, id.indexOf('-'))));
  const byId = new Map<string, string[]>();
  for (const { path, text } of [...tests].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    for (const id of findCitations(text, groups)) {
      if (known.has(id)) byId.set(id, [...(byId.get(id) ?? []), path]);
      else problems.push(`${path} cites ${id}, which no page states`);
    }
  }
  return byId;
}

function asCovered(item: string): string {
  return item.replace(/Status:\s+(?:uncovered|planned(?::[\s\S]+)?)\.$/, 'Status: covered.');
}

function testsTable(pagePath: string, ids: readonly string[], testsById: Parity['testsById']): string {
  const rows = ids.flatMap((id) => {
    const tests = testsById.get(id);
    return tests ? [`| ${id} | ${tests.map((test) => link(pagePath, test)).join(', ')} |`] : [];
  });
  if (rows.length === 0) return '\nNo test names a statement of this page yet.\n\n';
  return `\n| Statement | Tests |\n| --- | --- |\n${rows.join('\n')}\n\n`;
}

function summaryTable(indexPath: string, { pages }: Parity): string {
  const row = (name: string, statements: readonly Statement[]) => {
    const counts = countStatuses(statements);
    return `| ${[name, counts.total, ...STATUSES.map((status) => counts[status])].join(' | ')} |`;
  };
  const heading = `| Group | Statements | ${STATUSES.map((status) => status[0]?.toUpperCase() + status.slice(1)).join(' | ')} |`;
  const rows = pages.map((page) =>
    row(`[${page.title}](${relative(indexPath, page.path)})`, page.statements),
  );
  const all = row(
    'All',
    pages.flatMap((page) => page.statements),
  );
  return `\n${heading}\n| --- |${' ---: |'.repeat(STATUSES.length + 1)}\n${rows.join('\n')}\n${all}\n\n`;
}

function countStatuses(statements: readonly Statement[]): Record<Status | 'total', number> {
  const counts = {
    total: statements.length,
    covered: 0,
    uncovered: 0,
    planned: 0,
    different: 0,
    'not applicable': 0,
  };
  for (const { status } of statements) counts[status]++;
  return counts;
}

function link(from: string, to: string): string {
  return `[${to.slice('test/'.length)}](${relative(from, to)})`;
}

/** Both paths are relative to the repository. */
function relative(from: string, to: string): string {
  const base = from.split('/').slice(0, -1);
  const target = to.split('/');
  let shared = 0;
  while (shared < base.length && base[shared] === target[shared]) shared++;
  return [...base.slice(shared).map(() => '..'), ...target.slice(shared)].join('/');
}
