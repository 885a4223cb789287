/**
 * What a command prints. For people: tables and blocks of keys and values. For scripts: the API's JSON, one document (`json`) or one
 * line per item (`jsonl`).
 */
import { blockOf, type Column, type Pair, Table, type TextOptions } from './table.ts';

export type Format = 'text' | 'json' | 'jsonl' | 'none';

export interface OutputOptions extends Omit<TextOptions, 'now'> {
  readonly format: Format;
}

type Json = Record<string, unknown>;

export class Output {
  readonly format: Format;
  readonly #text: TextOptions;
  readonly #write: (text: string) => void;

  constructor(options: OutputOptions, write: (text: string) => void) {
    this.format = options.format;
    this.#text = { ...options, now: () => Date.now() };
    this.#write = write;
  }

  /** One answer: as JSON, or as the text that the function gives of it. */
  show(json: unknown, text: (options: TextOptions) => string): void {
    if (this.format === 'text') this.line(text(this.#text));
    else this.json(json);
  }

  /** An answer of nothing: a sentence says that it was done. */
  done(sentence: string, json: unknown = {}): void {
    this.show(json, () => sentence);
  }

  /** Keys and values, those without a value left out. */
  block(json: unknown, title: string, pairs: readonly Pair[], value: unknown = json): void {
    this.show(json, (options) => blockOf(title, pairs, value, options));
  }

  /** A listing, page by page as it comes. */
  async list(pages: AsyncIterable<readonly Json[]>, columns: readonly Column[]): Promise<void> {
    const table = new Table(columns, this.#text);
    let count = 0;
    for await (const page of pages) {
      if (this.format === 'text') {
        if (page.length > 0 || count === 0) this.line(table.page(page));
      } else for (const item of page) this.#item(item, count++);
    }
    if (this.format === 'json') this.#write(count === 0 ? '[]\n' : '\n]\n');
  }

  /** Part of a JSON array that is written as it grows. */
  #item(item: unknown, index: number): void {
    if (this.format === 'jsonl') this.json(item);
    if (this.format !== 'json') return;
    const text = JSON.stringify(item, undefined, 2).replaceAll('\n', '\n  ');
    this.#write(`${index === 0 ? '[\n' : ',\n'}  ${text}`);
  }

  json(json: unknown): void {
    if (this.format === 'json') this.#write(`${JSON.stringify(json, undefined, 2)}\n`);
    if (this.format === 'jsonl') this.#write(`${JSON.stringify(json)}\n`);
  }

  /** Text alone. */
  line(text: string): void {
    if (this.format === 'text') this.#write(`${text}\n`);
  }

  /** Text alone, from a function that knows how to show times. */
  text(render: (options: TextOptions) => string): void {
    if (this.format === 'text') this.line(render(this.#text));
  }
}
