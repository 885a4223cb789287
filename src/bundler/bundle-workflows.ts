/**
 * Builds the workflow bundle: compiles (esbuild), instruments (globals, fuel, sharing), prints, and adds hash and stack table.
 *
 * B1  The result depends on the sources and options alone: no absolute path, no time, no order of the file system.
 * B2  Every module's state lives in the function that makes a run's modules, apart from modules judged safe to share.
 */

import { createHash } from 'node:crypto';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { shortestChains } from './build-problems.ts';
import { BundleError, type BundleProblem } from './bundle-error.ts';
import type { BundledWorkflows, BundleOptions } from './bundle-options.ts';
import { packageOf } from './chunks.ts';
import { type CompiledWorkflows, compileWorkflows } from './compile.ts';
import { type InstrumentedCode, instrument } from './instrument.ts';
import { type MadeStackTable, makeStackTable, printCode } from './stack-table.ts';

export async function bundleWorkflows(options: BundleOptions): Promise<BundledWorkflows> {
  const compiled = await compileWorkflows(options);
  const workflowTypes = compiled.exports.filter((one) => one.isFunction).map((one) => one.name);
  if (workflowTypes.length === 0 && !compiled.isOpen) {
    throw new BundleError([
      { text: `${options.workflowsPath} exports no function: a workflow is an exported function` },
    ]);
  }
  const instrumented = instrument(compiled, options.sharedModules ?? []);
  if (instrumented.refusals.length > 0) {
    throw new BundleError(problemsOf(compiled, instrumented));
  }
  const printed = await printCode(instrumented.code.toString());
  const table = await makeStackTable(printed.code, [
    printed.map,
    instrumented.code.generateMap({ hires: 'boundary' }).toString(),
    compiled.map,
  ]);
  const description = describeContents(options, workflowTypes);
  const hash = createHash('sha256').update(printed.code).update(description).digest('hex');
  const code = printed.code + trailer(hash, description, table);
  return {
    code,
    hash,
    workflowTypes,
    sharedPackages: sharedPackages(instrumented.shared, compiled),
    warnings: compiled.warnings,
    sizes: sizesOf(code, compiled, instrumented),
    inputs: Object.keys(compiled.metafile.inputs).filter((path) => !path.startsWith('perdure-')),
  };
}

/** What the bundle object says of itself, apart from its hash and its stack table. */
function describeContents(options: BundleOptions, workflowTypes: readonly string[]): string {
  const members = [
    'formatVersion: 1,',
    `workflowTypes: ${JSON.stringify(workflowTypes)},`,
    'fuel: $bundleFuel,',
    'instantiate: $instantiate,',
  ];
  if ((options.interceptorModules ?? []).length > 0) {
    members.push('instantiateInterceptors: $instantiateInterceptors,');
  }
  if (options.payloadConverterPath !== undefined || options.failureConverterPath !== undefined) {
    members.push('instantiateConverters: $instantiateConverters,');
  }
  return members.map((line) => `  ${line}\n`).join('');
}

function trailer(hash: string, description: string, table: MadeStackTable): string {
  const [first, last] = table.anchorLines;
  const anchor = (line: number, name: string): string => `{ line: ${line}, seen: ${name} }`;
  const stackTable = [
    `    file: "workflows.js",`,
    `    sources: ${JSON.stringify(table.sources)},`,
    `    names: [],`,
    `    anchors: [${anchor(first, '$first')}, ${anchor(last, '$last')}],`,
    `    named: ${JSON.stringify(table.named)},`,
    `    mappings: ${JSON.stringify(table.mappings)},`,
  ];
  return `export default {\n  hash: "${hash}",\n${description}  stackTable: {\n${stackTable.join('\n')}\n  },\n};\n`;
}

/** Refusals in the author's places, with the way by which they are reached. */
function problemsOf(
  { map, metafile }: CompiledWorkflows,
  { code, refusals }: InstrumentedCode,
): BundleProblem[] {
  const trace = new TraceMap(map);
  const chains = shortestChains(metafile);
  return refusals.map(({ position, text }) => {
    const before = code.original.slice(0, position).split('\n');
    const place = originalPositionFor(trace, { line: before.length, column: before.at(-1)?.length ?? 0 });
    const file = place.source ?? undefined;
    const chain = file === undefined ? undefined : chains.get(file);
    return { text, file, line: place.line ?? undefined, column: (place.column ?? 0) + 1, chain };
  });
}

/** Packages whose modules are all shared. Of others some modules may be. */
function sharedPackages(shared: ReadonlySet<string>, { metafile }: CompiledWorkflows): string[] {
  const packages = new Set([...shared].flatMap((path) => packageOf(path) ?? []));
  for (const path of Object.keys(metafile.inputs)) {
    if (!shared.has(path)) {
      packages.delete(packageOf(path) ?? '');
    }
  }
  return [...packages].sort();
}

function sizesOf(
  code: string,
  { metafile }: CompiledWorkflows,
  { shared }: InstrumentedCode,
): BundledWorkflows['sizes'] {
  const sizes = { total: Buffer.byteLength(code), perRun: 0, shared: 0 };
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      sizes[shared.has(path) ? 'shared' : 'perRun'] += bytesInOutput;
    }
  }
  return sizes;
}
