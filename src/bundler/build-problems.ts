/** What esbuild found wrong, as the author of a workflow is told. */
import type { Message, Metafile } from 'esbuild';
import type { BundleProblem } from './bundle-error.ts';

/** Of the module that names all others. */
export const entryPath = 'perdure:entry';

/** The module's name, if that is what an error is about: others have details of esbuild's own. */
export function refusedModule(detail: unknown): string | undefined {
  const { kind, name } = (detail ?? {}) as { kind?: unknown; name?: unknown };
  return kind === 'refused' && typeof name === 'string' ? name : undefined;
}

/** For each input the shortest way to it from the entry, without the entry. */
export function shortestChains({ inputs }: Metafile): Map<string, readonly string[]> {
  const entry = Object.keys(inputs).find((path) => path.endsWith(entryPath)) ?? '';
  const chains = new Map<string, readonly string[]>([[entry, []]]);
  const queue = [entry];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const chain = chains.get(path) ?? [];
    for (const { path: next, external } of inputs[path]?.imports ?? []) {
      if (!external && !chains.has(next)) {
        chains.set(next, [...chain, next]);
        queue.push(next);
      }
    }
  }
  return chains;
}

const awaitText = /contains a top-level await/;

export function toProblem({ text, location, notes }: Message): BundleProblem {
  const isAwait = awaitText.test(text);
  const place = isAwait ? (notes.find((note) => note.location)?.location ?? location) : location;
  return {
    text: isAwait
      ? 'top-level await is not available in workflow code: a workflow is loaded within one turn. Await inside a function'
      : text,
    file: place?.file,
    line: place?.line,
    column: place ? place.column + 1 : undefined,
    lineText: place?.lineText,
  };
}

/** Notes about other people's packages are not for the author of a workflow. */
export function isWorthTelling({ location }: Message): boolean {
  return !location?.file.includes('node_modules/');
}

export function isBuildFailure(error: unknown): error is Error & { errors: Message[] } {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}
