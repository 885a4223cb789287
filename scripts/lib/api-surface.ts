/**
 * What a package exports, read from its declarations by the compiler: names, in which sense each is exported, and the
 * public members of what it names. Re-exports are followed. TypeScript 7 is a native program without a compiler API, so
 * the one inside ts-morph reads here.
 */
import { Project, ts } from 'ts-morph';
import { PACKAGES } from './published-packages.ts';

/** Sorted member names; a question mark follows an optional one. Static members start with `static `. */
export interface ExportedName {
  readonly name: string;
  readonly isValue: boolean;
  readonly isType: boolean;
  readonly members: readonly string[];
}

/** By package name (`workflow`), then by exported name. */
export type Surface = ReadonlyMap<string, ReadonlyMap<string, ExportedName>>;

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2024.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  customConditions: ['perdure-source'],
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  types: ['node'],
};

/** Where this repository's own surfaces are declared. */
export function sourceEntries(repository: string): Map<string, string> {
  return new Map(PACKAGES.map((name) => [name, `${repository}/src/sdk/${name}/index.ts`]));
}

/** @param entries Where each package's surface is declared: package name to file. */
export function readSurface(entries: ReadonlyMap<string, string>): Surface {
  const project = new Project({ compilerOptions: OPTIONS, skipAddingFilesFromTsConfig: true });
  project.addSourceFilesAtPaths([...entries.values()]);
  const program = project.getProgram().compilerObject;
  const checker = program.getTypeChecker();
  return new Map(
    [...entries].map(([name, path]) => {
      const file = program.getSourceFile(path);
      const module = file && checker.getSymbolAtLocation(file);
      if (!module) throw new Error(`${path}: expected a module that exports the surface of ${name}`);
      const exported = checker.getExportsOfModule(module).map((symbol) => describe(checker, symbol));
      return [name, new Map(exported.sort(byName).map((each) => [each.name, each]))];
    }),
  );
}

function describe(checker: ts.TypeChecker, exported: ts.Symbol): ExportedName {
  const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const isTypeOnly = isAlias && (exported.declarations ?? []).some(ts.isTypeOnlyImportOrExportDeclaration);
  const isValue = !isTypeOnly && (symbol.flags & ts.SymbolFlags.Value) !== 0;
  return {
    name: exported.name,
    isValue,
    isType: (symbol.flags & ts.SymbolFlags.Type) !== 0,
    members: [...new Set([...instanceMembers(checker, symbol), ...staticMembers(checker, symbol)])].sort(),
  };
}

/** Of interfaces, classes and object types; those of primitives, arrays, functions and enumerations say nothing. */
function instanceMembers(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
  if ((symbol.flags & ts.SymbolFlags.Type) === 0) return [];
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  if ((type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return [];
  if (checker.isArrayLikeType(type)) return [];
  return publicNames(checker.getPropertiesOfType(type));
}

/** Of classes (their static side) and of constant objects. */
function staticMembers(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
  const isHolder = ts.SymbolFlags.Class | ts.SymbolFlags.BlockScopedVariable | ts.SymbolFlags.Namespace;
  if ((symbol.flags & isHolder) === 0) return [];
  const type = checker.getTypeOfSymbol(symbol);
  if ((type.flags & ts.TypeFlags.Object) === 0 || checker.isArrayLikeType(type)) return [];
  return publicNames(checker.getPropertiesOfType(type)).map((name) => `static ${name}`);
}

function publicNames(properties: readonly ts.Symbol[]): string[] {
  return properties
    .filter((property) => isPublic(property) && isNameable(property))
    .map((property) => property.name + ((property.flags & ts.SymbolFlags.Optional) !== 0 ? '?' : ''));
}

function isPublic(property: ts.Symbol): boolean {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (property.declarations ?? []).every(
    (declaration) => (ts.getCombinedModifierFlags(declaration) & hidden) === 0,
  );
}

/** Symbols have names of the compiler's own making; private names are not reachable; `prototype` is every class's. */
function isNameable(property: ts.Symbol): boolean {
  const isPrivate = (property.declarations ?? []).some(
    (declaration) =>
      ts.isClassElement(declaration) &&
      declaration.name !== undefined &&
      ts.isPrivateIdentifier(declaration.name),
  );
  return !isPrivate && !property.name.startsWith('__@') && property.name !== 'prototype';
}

const byName = (one: ExportedName, other: ExportedName) =>
  one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
