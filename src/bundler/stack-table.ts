/** Makes the table by which stacks of the bundle are told in the author's lines. */

import remapping, { type EncodedSourceMap, type SourceMapInput } from '@jridgewell/remapping';
import { decodedMappings, TraceMap } from '@jridgewell/trace-mapping';
import { transform } from 'esbuild';

export interface MadeStackTable {
  readonly sources: readonly string[];
  readonly mappings: string;
  readonly anchorLines: readonly [number, number];
  readonly named: { readonly distance: number; readonly inserted: readonly number[] };
}

export interface PrintedCode {
  readonly code: string;
  readonly map: string;
}

/**
 * Prints code as every esbuild does. A Worker's bundler prints the bundle once more; that leaves the lines alone only if they
 * are broken as it would break them.
 */
export async function printCode(code: string): Promise<PrintedCode> {
  return await transform(code, {
    loader: 'js',
    format: 'esm',
    target: 'esnext',
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'external',
    sourcesContent: false,
    sourcefile: 'workflows.js',
    banner: '// Built by `perdure bundle`. Changes are overwritten.',
  });
}

/** `maps` go from the finished code back to the author's. */
export async function makeStackTable(code: string, maps: readonly SourceMapInput[]): Promise<MadeStackTable> {
  const composed = remapping([...maps], () => null, { excludeContent: true }) as EncodedSourceMap;
  const anchorLines = [lineOf(code, '$first'), lineOf(code, '$last')] as const;
  const { sources, mappings } = keepUseful(composed, anchorLines);
  return { sources, mappings, anchorLines, named: await linesAddedForNames(code, anchorLines) };
}

/** The first anchor stands before all code of authors, the last one behind it, so that no text of theirs passes for one. */
function lineOf(code: string, anchor: '$first' | '$last'): number {
  const text = `\nconst ${anchor} = new Error(`;
  const position = anchor === '$first' ? code.indexOf(text) : code.lastIndexOf(text);
  if (position < 0) {
    throw new Error(`the finished code has no ${anchor}`);
  }
  return code.slice(0, position + 1).split('\n').length;
}

/** All places of the author's own files, one per line of other packages, nothing of generated code. */
function keepUseful(
  map: EncodedSourceMap,
  [first, last]: readonly [number, number],
): { sources: string[]; mappings: string } {
  const sources: string[] = [];
  const indexes = map.sources.map((source) => {
    if (source === null || source.includes('perdure:') || source.startsWith('perdure-')) {
      return -1;
    }
    return sources.push(source) - 1;
  });
  const encoder = new MappingEncoder();
  for (const [index, segments] of decodedMappings(new TraceMap(map)).entries()) {
    const isInside = index >= first - 1 && index < last;
    let isFirst = true;
    for (const [column, source, line, sourceColumn] of isInside ? segments : []) {
      const kept = source === undefined ? -1 : (indexes[source] ?? -1);
      const isForeign = kept >= 0 && (sources[kept] ?? '').includes('node_modules/');
      if (kept >= 0 && (isFirst || !isForeign)) {
        encoder.add([column, kept, line ?? 0, sourceColumn ?? 0]);
        isFirst = false;
      }
    }
    encoder.endLine();
  }
  return { sources, mappings: encoder.text() };
}

/** Writes mappings: differences to the segment before, as base-64 numbers of variable length. */
class MappingEncoder {
  private readonly lines: string[] = [];
  private current: string[] = [];
  private previous = [0, 0, 0, 0];

  add(segment: readonly [number, number, number, number]): void {
    this.current.push(
      segment.map((value, index) => encodeNumber(value - (this.previous[index] ?? 0))).join(''),
    );
    this.previous = [...segment];
  }

  endLine(): void {
    this.lines.push(this.current.join(','));
    this.current = [];
    this.previous[0] = 0;
  }

  text(): string {
    return this.lines.join(';').replace(/;+$/, '');
  }
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function encodeNumber(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += digits[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}

/** Which lines esbuild's `keepNames`, which wrangler turns on by default, puts in between the anchors. */
async function linesAddedForNames(
  code: string,
  [first, last]: readonly [number, number],
): Promise<MadeStackTable['named']> {
  const printed = await transform(code, {
    loader: 'js',
    format: 'esm',
    target: 'esnext',
    charset: 'utf8',
    legalComments: 'none',
    keepNames: true,
  });
  const plain = code.split('\n').slice(first - 1, last);
  const start = lineOf(printed.code, '$first');
  const end = lineOf(printed.code, '$last');
  return {
    distance: end - start,
    inserted: insertedLines(plain, printed.code.split('\n').slice(start - 1, end)),
  };
}

/**
 * Walks both texts side by side. What `keepNames` adds are statements `__name(x, "x");`, alone or in a static block of three
 * lines; everything else keeps its line.
 */
function insertedLines(plain: readonly string[], named: readonly string[]): number[] {
  const inserted: number[] = [];
  let previous = 0;
  let at = 0;
  const take = (line: number): void => {
    inserted.push(line - previous);
    previous = line;
  };
  for (let line = 0; line < named.length; line += 1) {
    const isNaming = /^ *__name\d*\((this|[\w$]+), "/.test(named[line] ?? '');
    const opensBlock =
      named[line]?.trim() === 'static {' && /^ *__name\d*\(this, "/.test(named[line + 1] ?? '');
    if (opensBlock && withoutNumber(named[line + 1]) !== withoutNumber(plain[at + 1])) {
      take(line);
      take(line + 1);
      take(line + 2);
      line += 2;
    } else if (isNaming && withoutNumber(named[line]) !== withoutNumber(plain[at])) {
      take(line);
    } else {
      at += 1;
    }
  }
  return at === plain.length ? inserted : [];
}

function withoutNumber(line: string | undefined): string | undefined {
  return line?.trim().replace(/^__name\d*/, '__name');
}
