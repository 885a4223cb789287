/** Tables and blocks of text from JSON: each cell is the value at a path, in a format of its own. */
import { plain } from './formats.ts';

export interface TextOptions {
  readonly timeFormat: 'relative' | 'iso' | 'raw';
  readonly isColored: boolean;
  readonly now: () => number;
}

export type Format = (value: unknown, options: TextOptions) => string;

/** Label, path of the value (`execution.workflowId`), format. */
export type Column = readonly [label: string, path: string, format?: Format];
export type Pair = Column;

/** The value at a path of names, or undefined. */
export function at(json: unknown, path: string): unknown {
  if (path === '') return json;
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      json,
    );
}

/** The text at a path; empty when there is none. */
export function textAt(json: unknown, path: string): string {
  const value = at(json, path);
  return value === undefined || value === null ? '' : String(value);
}

/** The list at a path; empty when there is none. */
export function listAt(json: unknown, path: string): Record<string, unknown>[] {
  const value = at(json, path);
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}

const cellOf = (row: unknown, [, path, format = plain]: Column, options: TextOptions): string =>
  format(at(row, path), options);

/** A table that grows page by page: its head is printed once, and columns become wider when a later page needs it. */
export class Table {
  readonly #columns: readonly Column[];
  readonly #options: TextOptions;
  readonly #widths: number[];
  #hasHead = false;

  constructor(columns: readonly Column[], options: TextOptions) {
    this.#columns = columns;
    this.#options = options;
    this.#widths = columns.map(([label]) => label.length);
  }

  page(rows: readonly unknown[]): string {
    const cells = rows.map((row) =>
      this.#columns.map((column) => cellOf(row, column, this.#options).replaceAll('\n', ' ')),
    );
    for (const line of cells)
      for (const [index, cell] of line.entries())
        this.#widths[index] = Math.max(this.#widths[index] ?? 0, cell.length);
    const lines = cells.map((line) => this.#line(line));
    if (this.#hasHead) return lines.join('\n');
    this.#hasHead = true;
    const head = this.#line(this.#columns.map(([label]) => label));
    return [emphasized(head, this.#options), ...lines].join('\n');
  }

  #line(cells: readonly string[]): string {
    return `  ${cells.map((cell, index) => cell.padEnd(this.#widths[index] ?? 0)).join('  ')}`.trimEnd();
  }
}

export const tableOf = (columns: readonly Column[], rows: readonly unknown[], options: TextOptions): string =>
  new Table(columns, options).page(rows);

/** A title with keys and values below it. What has no value is left out. */
export function blockOf(title: string, pairs: readonly Pair[], value: unknown, options: TextOptions): string {
  const filled = pairs
    .map((pair) => [pair[0], cellOf(value, pair, options)] as const)
    .filter(([, text]) => text !== '');
  const width = Math.max(0, ...filled.map(([label]) => label.length));
  const lines = filled.map(
    ([label, text]) => `  ${label.padEnd(width)}  ${text.replaceAll('\n', `\n${' '.repeat(width + 4)}`)}`,
  );
  return [...(title === '' ? [] : [emphasized(`${title}:`, options)]), ...lines].join('\n');
}

export const emphasized = (text: string, { isColored }: TextOptions): string =>
  isColored ? `\u001b[1;35m${text}\u001b[0m` : text;
