/**
 * The grammar of visibility queries (VIS-1, VIS-2), without any knowledge of attributes:
 *
 *   query      = [ condition ] [ GROUP BY name ] [ ORDER BY name [ ASC | DESC ] { "," ... } ]
 *   condition  = and { OR and } ;  and = not { AND not } ;  not = [ NOT ] ( "(" condition ")" | comparison )
 *   comparison = name ( operator value | [ NOT ] IN "(" value { "," value } ")" | [ NOT ] BETWEEN value AND value
 *              | [ NOT ] STARTS_WITH value | IS [ NOT ] NULL )
 */
import { FilterError, type Token, tokensOf } from './filter-tokens.ts';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export interface Name {
  text: string;
  position: number;
}

export type Value = { position: number } & (
  | { kind: 'string'; text: string }
  | { kind: 'number'; text: string }
  | { kind: 'boolean'; value: boolean }
);

export type Comparison = { name: Name } & (
  | { kind: 'compare'; operator: Operator; position: number; value: Value }
  | { kind: 'in'; isNegated: boolean; position: number; values: Value[] }
  | { kind: 'between'; isNegated: boolean; position: number; low: Value; high: Value }
  | { kind: 'startsWith'; isNegated: boolean; position: number; value: Value }
  | { kind: 'null'; isNegated: boolean; position: number }
);

export type Condition =
  | { kind: 'and'; all: Condition[] }
  | { kind: 'or'; any: Condition[] }
  | { kind: 'not'; condition: Condition }
  | { kind: 'comparison'; comparison: Comparison };

export interface OrderTerm {
  name: Name;
  isDescending: boolean;
}

export interface ParsedQuery {
  condition: Condition | undefined;
  groupBy: Name | undefined;
  orderBy: OrderTerm[];
}

/** Parentheses and NOTs inside each other. */
const DEPTH_MAX = 100;
const OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=', '<>']);
const RESERVED: ReadonlySet<string> = new Set([
  'AND',
  'OR',
  'NOT',
  'IN',
  'IS',
  'NULL',
  'BETWEEN',
  'STARTS_WITH',
  'LIKE',
  'GROUP',
  'ORDER',
  'BY',
  'LIMIT',
  'OFFSET',
  'HAVING',
  'TRUE',
  'FALSE',
]);

/** Throws `FilterError`, which names the token. */
export function parseQuery(query: string): ParsedQuery {
  return new Parser(query).query();
}

class Parser {
  readonly #query: string;
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;

  constructor(query: string) {
    this.#query = query;
    this.#tokens = tokensOf(query);
  }

  query(): ParsedQuery {
    const isBare = this.#token.kind === 'end' || this.#isWord('GROUP') || this.#isWord('ORDER');
    const condition = isBare ? undefined : this.#or();
    const groupBy = this.#takeWord('GROUP') ? this.#groupBy() : undefined;
    const orderBy = this.#takeWord('ORDER') ? this.#orderBy() : [];
    if (this.#isWord('LIMIT'))
      throw this.#error('LIMIT is not part of a query: ask for pages of the size you need');
    if (this.#token.kind !== 'end') throw this.#expected('AND, OR or the end of the query');
    return { condition, groupBy, orderBy };
  }

  #groupBy(): Name {
    this.#expectWord('BY');
    const name = this.#name();
    if (this.#isSymbol(',')) throw this.#error('GROUP BY takes one name');
    return name;
  }

  #orderBy(): OrderTerm[] {
    this.#expectWord('BY');
    const terms: OrderTerm[] = [];
    do {
      const name = this.#name();
      const isDescending = this.#takeWord('DESC');
      if (!isDescending) this.#takeWord('ASC');
      terms.push({ name, isDescending });
    } while (this.#takeSymbol(','));
    return terms;
  }

  #or(): Condition {
    const any = [this.#and()];
    while (this.#takeWord('OR') || this.#takeSymbol('||')) any.push(this.#and());
    return any.length === 1 ? (any[0] as Condition) : { kind: 'or', any };
  }

  #and(): Condition {
    const all = [this.#not()];
    while (this.#takeWord('AND') || this.#takeSymbol('&&')) all.push(this.#not());
    return all.length === 1 ? (all[0] as Condition) : { kind: 'and', all };
  }

  #not(): Condition {
    if (++this.#depth > DEPTH_MAX) throw this.#error(`conditions are nested deeper than ${DEPTH_MAX}`);
    try {
      if (this.#takeWord('NOT')) return { kind: 'not', condition: this.#not() };
      if (!this.#takeSymbol('(')) return { kind: 'comparison', comparison: this.#comparison() };
      const condition = this.#or();
      this.#expectSymbol(')');
      return condition;
    } finally {
      this.#depth -= 1;
    }
  }

  #comparison(): Comparison {
    const name = this.#name();
    const { position } = this.#token;
    if (this.#isSymbol('(')) throw this.#error('functions are not supported');
    if (this.#takeWord('IS')) {
      const isNegated = this.#takeWord('NOT');
      this.#expectWord('NULL');
      return { kind: 'null', name, isNegated, position };
    }
    const isNegated = this.#takeWord('NOT');
    if (this.#takeWord('IN')) return { kind: 'in', name, isNegated, position, values: this.#values() };
    if (this.#takeWord('BETWEEN')) {
      const low = this.#value();
      this.#expectWord('AND');
      return { kind: 'between', name, isNegated, position, low, high: this.#value() };
    }
    if (this.#takeWord('STARTS_WITH'))
      return { kind: 'startsWith', name, isNegated, position, value: this.#value() };
    if (this.#isWord('LIKE')) throw this.#error('LIKE is not supported, use STARTS_WITH');
    if (isNegated) throw this.#expected('IN, BETWEEN or STARTS_WITH');
    return { kind: 'compare', name, operator: this.#operator(), position, value: this.#value() };
  }

  #operator(): Operator {
    const token = this.#token;
    if (token.kind !== 'symbol' || !OPERATORS.has(token.text)) throw this.#expected('an operator');
    this.#at += 1;
    // Sound: looked up in the line above.
    return (token.text === '<>' ? '!=' : token.text) as Operator;
  }

  #values(): Value[] {
    this.#expectSymbol('(');
    const values = [this.#value()];
    while (this.#takeSymbol(',')) values.push(this.#value());
    this.#expectSymbol(')');
    return values;
  }

  #value(): Value {
    const token = this.#token;
    if (token.kind === 'string' || token.kind === 'number') {
      this.#at += 1;
      return token;
    }
    if (this.#takeWord('TRUE')) return { kind: 'boolean', value: true, position: token.position };
    if (this.#takeWord('FALSE')) return { kind: 'boolean', value: false, position: token.position };
    if (token.kind === 'name' && !this.#isWord('NULL'))
      throw this.#error(
        `expected a value, found the name ${token.text}: strings stand in quotes, and attributes cannot be compared with each other`,
      );
    if (this.#isWord('NULL')) throw this.#error('NULL is compared by IS NULL and IS NOT NULL');
    throw this.#expected('a value');
  }

  #name(): Name {
    const token = this.#token;
    const isName = token.kind === 'name' && (token.isQuoted || !RESERVED.has(token.text.toUpperCase()));
    if (!isName) throw this.#expected('the name of a search attribute');
    this.#at += 1;
    return { text: token.text, position: token.position };
  }

  get #token(): Token {
    // Sound: the last token is the end, which is never passed.
    return this.#tokens[this.#at] as Token;
  }

  #isWord(word: string): boolean {
    const token = this.#token;
    return token.kind === 'name' && !token.isQuoted && token.text.toUpperCase() === word;
  }

  #takeWord(word: string): boolean {
    const isWord = this.#isWord(word);
    if (isWord) this.#at += 1;
    return isWord;
  }

  #expectWord(word: string): void {
    if (!this.#takeWord(word)) throw this.#expected(word);
  }

  #isSymbol(symbol: string): boolean {
    const token = this.#token;
    return token.kind === 'symbol' && token.text === symbol;
  }

  #takeSymbol(symbol: string): boolean {
    const isSymbol = this.#isSymbol(symbol);
    if (isSymbol) this.#at += 1;
    return isSymbol;
  }

  #expectSymbol(symbol: string): void {
    if (!this.#takeSymbol(symbol)) throw this.#expected(`"${symbol}"`);
  }

  #expected(what: string): FilterError {
    return this.#error(`expected ${what}`);
  }

  #error(problem: string): FilterError {
    return new FilterError(this.#query, this.#token.position, problem);
  }
}
