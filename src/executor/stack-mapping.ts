/**
 * Tells a stack of bundled workflow code in its author's files and lines. Needs nothing but the text and the bundle's own
 * table, so that it works in every host.
 *
 * M1  A Worker's bundler may put the workflow bundle anywhere in a bigger file: the table's anchors, two places whose lines
 *     are known, are looked up as they were seen at run time, and all lines are shifted by what they moved.
 * M2  When the distance between the anchors is not the expected one, the code has been printed anew and no line can be
 *     trusted: the text stays as it is.
 */

import type { StackAnchor, StackTable } from './workflow-bundle.ts';

/** A place in an author's file, from 1 on. */
export interface SourcePosition {
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

interface Placement {
  /** Finds the places in the file that holds the bundle, by its name in stacks. */
  readonly pattern: RegExp;
  readonly firstLine: number;
  readonly lastLine: number;
  /** The bundle's line for a line of that file. */
  readonly bundleLine: (line: number) => number;
}

type Segment = readonly [column: number, source: number, line: number, sourceColumn: number];

interface Decoded {
  readonly placement: Placement | undefined;
  readonly lines: readonly string[];
  /** Source index, line and column at the start of each line of mappings, three by three: segments tell differences. */
  readonly starts: Int32Array;
}

const decodedTables = new WeakMap<StackTable, Decoded>();

/** `at name (file:1:2)`, `at file:1:2`, and `name@file:1:2` of other engines. */
const framePattern = /^(?:\s*at (?:.* \()?|.*@)(.+?):(\d+):(\d+)\)?$/m;

/** Replaces every place in the bundle by the author's. Other places, and text that is no place, stay as they are. */
export function mapStack(text: string, table: StackTable): string {
  const { placement } = decodedTable(table);
  const mapped = text.replace(placement?.pattern ?? /(?!)/g, (whole, line: string, column: string) => {
    const found = originalPosition(table, Number(line), Number(column));
    return found ? `${found.source}:${found.line}:${found.column}` : whole;
  });
  return mapped === text ? text : withoutEvalNames(mapped);
}

/** A bundle that was evaluated has nameless functions called `eval`, which the author never wrote. */
function withoutEvalNames(text: string): string {
  return text
    .replace(/^(\s*at (?:async )?)eval \((?!eval at )([^()]+)\)$/gm, '$1$2')
    .replace(/^(\s*at (?:async )?(?:\w+\.)?)eval \[as (\w+)\] \(/gm, '$1$2 (');
}

/** Maps the stacks of one bundle's code: those of errors, and those that are kept to show where a workflow waits. */
export class StackMapper {
  readonly #table: StackTable;
  readonly #mapped = new WeakSet<Error>();

  constructor(table: StackTable) {
    this.#table = table;
  }

  /** The frames that lie in the author's own files, in the author's places; no message, no frames of the runtime. */
  authorFrames(stack: string): string {
    const frames = stack.split('\n').flatMap((line) => {
      const mapped = mapStack(line, this.#table);
      return mapped === line || mapped.includes('node_modules/') ? [] : [mapped];
    });
    return frames.join('\n');
  }

  /** Rewrites the stack of an error and of its causes, each once. */
  mapError(error: unknown): void {
    for (let one = error; one instanceof Error && !this.#mapped.has(one); one = one.cause) {
      this.#mapped.add(one);
      if (typeof one.stack === 'string') {
        replaceStack(one, mapStack(one.stack, this.#table));
      }
    }
  }
}

/** An error whose stack cannot be written keeps it. */
function replaceStack(error: Error, stack: string): void {
  Reflect.defineProperty(error, 'stack', {
    value: stack,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

/** The author's place for a place in the file that holds the bundle, lines and columns from 1 on. */
export function originalPosition(
  table: StackTable,
  line: number,
  column: number,
): SourcePosition | undefined {
  const decoded = decodedTable(table);
  const { placement } = decoded;
  if (!placement || line < placement.firstLine || line > placement.lastLine) {
    return undefined;
  }
  const segments = decodeLine(decoded, placement.bundleLine(line) - 1);
  const segment = segments.findLast((one) => one[0] <= column - 1) ?? segments[0];
  const source = segment && table.sources[segment[1]];
  return segment && source !== undefined
    ? { source, line: segment[2] + 1, column: segment[3] + 1 }
    : undefined;
}

function decodedTable(table: StackTable): Decoded {
  const known = decodedTables.get(table);
  if (known) {
    return known;
  }
  const lines = table.mappings.split(';');
  const decoded = { placement: placementOf(table), lines, starts: lineStarts(lines) };
  decodedTables.set(table, decoded);
  return decoded;
}

function placementOf({ anchors, named, file }: StackTable): Placement | undefined {
  if (!anchors) {
    const pattern = placesIn(file);
    return { pattern, firstLine: 1, lastLine: Number.POSITIVE_INFINITY, bundleLine: (line) => line };
  }
  const [first, last] = anchors;
  const firstSeen = seenPlace(first);
  const lastSeen = seenPlace(last);
  if (!firstSeen || !lastSeen || firstSeen.file !== lastSeen.file) {
    return undefined;
  }
  const { line: firstLine } = firstSeen;
  const lastLine = lastSeen.line;
  const placed = { pattern: placesIn(firstSeen.file), firstLine, lastLine };
  if (lastLine - firstLine === last.line - first.line) {
    return { ...placed, bundleLine: (line) => line - firstLine + first.line };
  }
  if (named && lastLine - firstLine === named.distance) {
    return { ...placed, bundleLine: (line) => first.line + withoutNaming(line - firstLine, named.inserted) };
  }
  return undefined;
}

function placesIn(file: string): RegExp {
  return new RegExp(`${file.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}:(\\d+):(\\d+)`, 'g');
}

/** Lines that a bundler put in to keep functions' names count as the line before them. */
function withoutNaming(distance: number, inserted: readonly number[]): number {
  let at = 0;
  let before = 0;
  for (const step of inserted) {
    at += step;
    if (at > distance) {
      break;
    }
    before += 1;
  }
  return distance - before;
}

function seenPlace({ seen }: StackAnchor): { file: string; line: number } | undefined {
  const [, file, line] = framePattern.exec(seen ?? '') ?? [];
  return file === undefined ? undefined : { file, line: Number(line) };
}

function lineStarts(lines: readonly string[]): Int32Array {
  const starts = new Int32Array(lines.length * 3);
  let source = 0;
  let line = 0;
  let column = 0;
  for (const [index, text] of lines.entries()) {
    starts.set([source, line, column], index * 3);
    for (const deltas of decodeSegments(text)) {
      source += deltas[1] ?? 0;
      line += deltas[2] ?? 0;
      column += deltas[3] ?? 0;
    }
  }
  return starts;
}

function decodeLine({ lines, starts }: Decoded, index: number): Segment[] {
  let [source = 0, line = 0, sourceColumn = 0] = starts.subarray(index * 3, index * 3 + 3);
  let column = 0;
  const segments: Segment[] = [];
  for (const deltas of decodeSegments(lines[index] ?? '')) {
    column += deltas[0] ?? 0;
    source += deltas[1] ?? 0;
    line += deltas[2] ?? 0;
    sourceColumn += deltas[3] ?? 0;
    if (deltas.length >= 4) {
      segments.push([column, source, line, sourceColumn]);
    }
  }
  return segments;
}

const digits = new Map(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((one, value) => [one, value]),
);

/** Base-64 numbers of variable length: five bits a digit, lowest first, the sign in the lowest bit. */
function decodeSegments(line: string): number[][] {
  if (line === '') {
    return [];
  }
  return line.split(',').map((text) => {
    const numbers: number[] = [];
    let value = 0;
    let shift = 0;
    for (const one of text) {
      const digit = digits.get(one) ?? 0;
      value += (digit & 31) << shift;
      shift += 5;
      if (digit < 32) {
        numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
        value = 0;
        shift = 0;
      }
    }
    return numbers;
  });
}
