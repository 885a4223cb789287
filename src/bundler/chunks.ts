/**
 * Cuts esbuild's output into the pieces that belong to one module each. Between two statements of the top level esbuild writes
 * nothing but `// path` comments, and every path is a key of its metafile, so that no comment of an author passes for one.
 */

import { type AnyNode, type Comment, type Program, parse } from 'acorn';
import type { FunctionNode } from './ast.ts';

export interface Chunk {
  /** Key of the metafile's inputs; empty for esbuild's own helpers. */
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly statements: readonly AnyNode[];
  /** The function that holds the module's own top level, if esbuild wrapped it. */
  readonly wrapper: FunctionNode | undefined;
}

export interface ParsedCode {
  readonly program: Program;
  readonly chunks: readonly Chunk[];
}

export function cutIntoChunks(code: string, inputs: ReadonlySet<string>): ParsedCode {
  const comments: Comment[] = [];
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module', onComment: comments });
  const body = program.body as readonly AnyNode[];
  const marks = comments.filter(
    (one) => one.type === 'Line' && inputs.has(one.value.slice(1)) && isBetween(body, one.start),
  );
  const starts = [
    { path: '', start: 0 },
    ...marks.map(({ value, start }) => ({ path: value.slice(1), start })),
  ];
  const chunks = starts.map(({ path, start }, index) => {
    const end = starts[index + 1]?.start ?? code.length;
    const statements = body.slice(firstFrom(body, start), firstFrom(body, end));
    return { path, start, end, statements, wrapper: wrapperOf(statements) };
  });
  return { program, chunks };
}

function isBetween(body: readonly AnyNode[], position: number): boolean {
  const previous = body[firstFrom(body, position) - 1];
  return !previous || previous.end <= position;
}

/** The index of the first statement that starts at or after a position. */
function firstFrom(body: readonly AnyNode[], position: number): number {
  let low = 0;
  let high = body.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((body[middle]?.start ?? 0) < position) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** `var init_x = __esm({ "path"() { ... } })`, `var require_x = __commonJS({ "path"(exports, module) { ... } })`. */
function wrapperOf(statements: readonly AnyNode[]): FunctionNode | undefined {
  const last = statements.at(-1);
  const call = last?.type === 'VariableDeclaration' ? last.declarations[0]?.init : undefined;
  if (call?.type !== 'CallExpression' || call.callee.type !== 'Identifier') {
    return undefined;
  }
  const argument = /^__(esm|commonJS)/.test(call.callee.name) ? call.arguments[0] : undefined;
  const method = argument?.type === 'ObjectExpression' ? argument.properties[0] : undefined;
  return method?.type === 'Property' && method.value.type === 'FunctionExpression' ? method.value : undefined;
}

export type ChunkLookup = (position: number) => Chunk | undefined;

/** Finds the chunk that a position lies in. */
export function chunkLookup(chunks: readonly Chunk[]): ChunkLookup {
  return (position) => {
    let low = 0;
    let high = chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((chunks[middle]?.start ?? 0) <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return chunks[low];
  };
}

/** The package that a path of the metafile belongs to, if it lies in node_modules. */
export function packageOf(path: string): string | undefined {
  const inside = path.split('node_modules/').at(-1);
  if (inside === undefined || inside === path) {
    return undefined;
  }
  const [first = '', second = ''] = inside.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
