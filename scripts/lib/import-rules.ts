/**
 * Which folder of src/ may use which, and what the pure folders must not touch. The linter cannot say this: it has no
 * rule that lets a folder import another's types and not its values.
 *
 * M1. Values flow one way: sdk/common <- engine <- executor <- sdk/workflow. The rest stands in FOLDERS.
 * M2. `cloudflare:workers` is imported in src/objects and PLATFORM_FILES alone; elsewhere only its types are.
 * M3. The engine takes time, randomness and IDs as arguments and reads none; so do the times of schedules.
 * M4. No file imports a value of itself by way of others. Types may go in circles, and so may what is loaded later.
 */
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path/posix';
import { type Node, parse } from 'acorn';

export interface Violation {
  file: string;
  line: number;
  message: string;
}

interface FolderRule {
  /** Folders whose values may be imported, besides the folder's own. */
  values: readonly string[];
  /** Folders of which only types may be. */
  types?: readonly string[];
}

/** The longest matching prefix names a file's folder. A file under no prefix here composes, and may import all. */
const FOLDERS: Readonly<Record<string, FolderRule>> = {
  'src/sdk/common': { values: [] },
  'src/sdk/protobufs': { values: ['src/sdk/common'] },
  'src/sdk/proto': { values: ['src/sdk/protobufs'] },
  'src/engine': { values: ['src/sdk/common'] },
  'src/times': { values: ['src/sdk/common', 'src/engine'] },
  'src/executor': { values: ['src/sdk/common', 'src/engine'] },
  'src/sdk/workflow': {
    values: ['src/sdk/common', 'src/engine', 'src/executor'],
    types: ['src/sdk/activity'],
  },
  'src/sdk/activity': { values: ['src/sdk/common'], types: ['src/sdk/client'] },
  'src/sdk/client': { values: ['src/sdk/common'], types: ['src/sdk/workflow', 'src/engine', 'src/objects'] },
  'src/objects': {
    values: ['src/sdk/common', 'src/engine', 'src/times', 'src/executor', 'src/sdk/activity'],
    types: ['src/sdk/client'],
  },
  'src/routes': {
    values: ['src/sdk/common', 'src/engine', 'src/sdk/client'],
    types: ['src/objects', 'src/sdk/activity', 'src/sdk/workflow'],
  },
  'src/bundler': { values: ['src/sdk/common', 'src/executor'] },
  'src/workflows': {
    values: ['src/sdk/workflow', 'src/sdk/common'],
    types: ['src/activities', 'src/sdk/activity'],
  },
  'src/activities': {
    values: ['src/sdk/activity', 'src/sdk/common', 'src/sdk/client', 'src/demo'],
    types: ['src/workflows'],
  },
  'src/demo': { values: ['src/sdk/common'] },
};

const PLATFORM_FILES: readonly string[] = ['src/runtime/platform-calls.ts', 'src/demo/entrypoints.ts'];

/** Folders that know nothing of the host: no `node:` or `cloudflare:` module, no package. */
const SELF_CONTAINED = ['src/sdk/common', 'src/engine'];
/** M3. */
const TIMELESS = ['src/engine', 'src/times'];
/** The files that know Temporal's protobuf objects; they are loaded only where such an object is asked for. */
const PACKAGE_EXCEPTIONS: Readonly<Record<string, string>> = {
  'src/sdk/common/wire/proto-objects.ts': 'long',
  'src/sdk/common/wire/proto-shape.ts': 'long',
};
const AMBIENT_READS: ReadonlySet<string> = new Set([
  'Date.now',
  'Math.random',
  'crypto.randomUUID',
  'crypto.getRandomValues',
  'performance.now',
]);
const AMBIENT_CALLS: ReadonlySet<string> = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
]);

interface ImportSite {
  specifier: string;
  line: number;
  isType: boolean;
}

/** Everything in this file that breaks M1 to M3. `file` is its path from the repository's root, with slashes. */
export function findViolations(file: string, source: string): Violation[] {
  const nodes = valueNodes(source);
  const values = nodes.flatMap(importedValue);
  const types = importedTypes(source).filter((site) => !values.some((value) => sameSite(value, site)));
  const violations = [...values, ...types].flatMap((site) => judgeImport(file, site));
  const reads = TIMELESS.some((folder) => isWithin(file, folder))
    ? nodes.flatMap((node) => judgeRead(file, node))
    : [];
  return [...violations, ...reads].sort((a, b) => a.line - b.line);
}

/** What breaks M4, once for each circle. `sources` by path, as `findViolations` takes them. */
export function findCircles(sources: ReadonlyMap<string, string>): Violation[] {
  const importsOf = new Map([...sources].map(([file, source]) => [file, staticImports(file, source)]));
  const done = new Set<string>();
  const violations: Violation[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const begin = path.indexOf(file);
    if (begin !== -1) {
      const message = `a circle of values: ${[...path.slice(begin), file].join(' -> ')}`;
      violations.push({ file, line: 1, message });
    } else if (!done.has(file)) {
      for (const next of importsOf.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    }
  };
  for (const file of sources.keys()) visit(file, []);
  return violations;
}

function staticImports(file: string, source: string): string[] {
  return valueNodes(source)
    .filter((node) => node.type !== 'ImportExpression')
    .flatMap(importedValue)
    .map(({ specifier }) => resolveSpecifier(file, specifier))
    .filter((target) => target !== undefined);
}

function judgeImport(file: string, site: ImportSite): Violation[] {
  const refuse = (message: string): Violation[] => [{ file, line: site.line, message }];
  const own = folderOf(file);
  const { specifier, isType } = site;
  if (
    specifier === 'cloudflare:workers' &&
    !isType &&
    !isWithin(file, 'src/objects') &&
    !PLATFORM_FILES.includes(file)
  ) {
    return refuse(`cloudflare:workers is imported only in src/objects and ${PLATFORM_FILES.join(', ')}`);
  }
  const target = resolveSpecifier(file, specifier);
  if (target === undefined) {
    const isForeign =
      own !== undefined && SELF_CONTAINED.includes(own) && PACKAGE_EXCEPTIONS[file] !== specifier;
    return isForeign ? refuse(`${own} is self-contained and cannot import '${specifier}'`) : [];
  }
  const other = folderOf(target);
  if (own === undefined || other === own) return [];
  const rule = FOLDERS[own];
  if (other === undefined) return refuse(`${own} cannot import ${target}, which stands above it`);
  if (rule?.values.includes(other)) return [];
  if (rule?.types?.includes(other)) {
    return isType ? [] : refuse(`${own} may import only types from ${other}: use 'import type'`);
  }
  return refuse(`${own} cannot import from ${other} ('${specifier}')`);
}

function judgeRead(file: string, node: LocatedNode): Violation[] {
  const line = node.loc.start.line;
  const refuse = (what: string): Violation[] => [
    { file, line, message: `${folderOf(file)} reads ${what}: time, randomness and IDs are arguments there` },
  ];
  if (isNode(node, 'MemberExpression')) {
    const name = `${identifierName(node.object)}.${identifierName(node.property)}`;
    return AMBIENT_READS.has(name) ? refuse(name) : [];
  }
  if (isNode(node, 'CallExpression') || isNode(node, 'NewExpression')) {
    const name = identifierName(node.callee);
    if (name === 'Date' && Array.isArray(node.arguments) && node.arguments.length === 0)
      return refuse('new Date()');
    return name !== undefined && AMBIENT_CALLS.has(name) ? refuse(`${name}()`) : [];
  }
  return [];
}

/** The path in src/ an import leads to, whether relative or by the package's own name; undefined for others. */
function resolveSpecifier(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier));
  if (specifier === 'perdure') return 'src/perdure.ts';
  if (specifier === 'perdure/vite') return 'src/bundler/vite.ts';
  return specifier.startsWith('perdure/')
    ? `src/sdk/${specifier.slice('perdure/'.length)}/index.ts`
    : undefined;
}

function folderOf(file: string): string | undefined {
  return Object.keys(FOLDERS).find((folder) => isWithin(file, folder));
}

function isWithin(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}

/** Stripping puts blanks where types were, so positions hold, and leaves only imports of values. */
function valueNodes(source: string): LocatedNode[] {
  const program = parse(stripTypeScriptTypes(source, { mode: 'strip' }), {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
    allowHashBang: true,
  });
  return [...walk(program)];
}

type LocatedNode = Node & { loc: { start: { line: number } } } & Record<string, unknown>;

function* walk(node: Node): Generator<LocatedNode> {
  yield node as LocatedNode; // Sound: the parser was asked for locations.
  for (const child of Object.values(node)) {
    for (const item of Array.isArray(child) ? child : [child]) if (isAnyNode(item)) yield* walk(item);
  }
}

function importedValue(node: LocatedNode): ImportSite[] {
  const isImport = [
    'ImportDeclaration',
    'ExportNamedDeclaration',
    'ExportAllDeclaration',
    'ImportExpression',
  ];
  const from = node.source;
  if (!isImport.includes(node.type) || !isAnyNode(from) || !('value' in from)) return [];
  return [{ specifier: String(from.value), line: node.loc.start.line, isType: false }];
}

/** `import type … from`, `export type … from` and `import('…')` in a type: gone from the stripped code. */
function importedTypes(source: string): ImportSite[] {
  const pattern =
    /^\s*(?:import|export)\s+type\b[^'"]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
  return [...source.matchAll(pattern)].map((match) => ({
    specifier: match[1] ?? match[2] ?? '',
    line: source.slice(0, match.index + match[0].search(/\S/)).split('\n').length,
    isType: true,
  }));
}

function sameSite(a: ImportSite, b: ImportSite): boolean {
  return a.specifier === b.specifier && a.line === b.line;
}

function isAnyNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function isNode(node: LocatedNode, type: string): boolean {
  return node.type === type;
}

function identifierName(value: unknown): string | undefined {
  return isAnyNode(value) && value.type === 'Identifier' && 'name' in value ? String(value.name) : undefined;
}
