/** A visibility query as words, each with its place, so that errors can point at it. */

export class FilterError extends Error {
  override readonly name = 'FilterError';
  /** Where in the query, in UTF-16 units from 0. */
  readonly position: number;

  constructor(query: string, position: number, problem: string) {
    super(`invalid query: ${problem} at position ${position + 1}, ${near(query, position)}`);
    this.position = position;
  }
}

const NEAR_MAX = 24;

function near(query: string, position: number): string {
  const rest = query.slice(position, position + NEAR_MAX);
  if (rest.trim() === '') return 'at the end of the query';
  return `near ${JSON.stringify(query.length > position + NEAR_MAX ? `${rest}...` : rest)}`;
}

export type Token = { readonly position: number } & (
  | { readonly kind: 'name'; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'symbol'; readonly text: string }
  | { readonly kind: 'end' }
);

export const QUERY_LENGTH_MAX = 16_384;

const SPACE = /\s+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /<=|>=|!=|<>|&&|\|\||[=<>(),;*]/y;
/** As MySQL reads them; any other escaped character stands for itself. */
const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\x1a',
};

export function tokensOf(query: string): Token[] {
  if (query.length > QUERY_LENGTH_MAX) {
    const found = `it has ${query.length} characters, at most ${QUERY_LENGTH_MAX} are taken`;
    throw new FilterError(query, QUERY_LENGTH_MAX, found);
  }
  const tokens: Token[] = [];
  let position = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    return pattern.exec(query)?.[0];
  };
  while (position < query.length) {
    const space = take(SPACE);
    if (space !== undefined) {
      position += space.length;
      continue;
    }
    const { token, end } = tokenAt(query, position, take);
    tokens.push(token);
    position = end;
  }
  tokens.push({ kind: 'end', position: query.length });
  return tokens;
}

function tokenAt(
  query: string,
  position: number,
  take: (pattern: RegExp) => string | undefined,
): { token: Token; end: number } {
  const first = query[position] ?? '';
  if (first === "'" || first === '"') {
    const { text, end } = quoted(query, position, true);
    return { token: { kind: 'string', text, position }, end };
  }
  if (first === '`') {
    const { text, end } = quoted(query, position, false);
    return { token: { kind: 'name', text, isQuoted: true, position }, end };
  }
  const name = take(NAME);
  if (name !== undefined)
    return {
      token: { kind: 'name', text: name, isQuoted: false, position },
      end: position + name.length,
    };
  const number = take(NUMBER);
  if (number !== undefined)
    return { token: { kind: 'number', text: number, position }, end: position + number.length };
  const symbol = take(SYMBOL);
  if (symbol !== undefined)
    return { token: { kind: 'symbol', text: symbol, position }, end: position + symbol.length };
  throw new FilterError(query, position, `unexpected character ${JSON.stringify(first)}`);
}

/** A doubled quote stands for one; in strings a backslash escapes. */
function quoted(query: string, start: number, hasEscapes: boolean): { text: string; end: number } {
  const quote = query[start];
  let text = '';
  for (let at = start + 1; at < query.length; at++) {
    const character = query[at] as string;
    if (character === quote) {
      if (query[at + 1] !== quote) return { text, end: at + 1 };
      at += 1;
      text += quote;
    } else if (hasEscapes && character === '\\' && at + 1 < query.length) {
      at += 1;
      const escaped = query[at] as string;
      text += ESCAPES[escaped] ?? escaped;
    } else text += character;
  }
  throw new FilterError(query, start, `a quote ${quote} is not closed`);
}
