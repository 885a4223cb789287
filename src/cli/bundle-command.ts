/** `perdure bundle`: builds the workflow bundle, once or whenever a source changes. */

import { relative } from 'node:path';
import { describeProblem } from '../bundler/bundle-error.ts';
import type { BundleOptions } from '../bundler/bundle-options.ts';
import { watchBundle } from '../bundler/watch.ts';
import {
  defaultOutFile,
  defaultWorkflowsPath,
  type WrittenBundle,
  writeBundle,
} from '../bundler/write-bundle.ts';

export interface BundleFlags {
  readonly workflows?: string;
  readonly out?: string;
  readonly watch?: boolean;
  readonly interceptor?: string | readonly string[];
  readonly ignore?: string | readonly string[];
  readonly share?: string | readonly string[];
  readonly payloadConverter?: string;
  readonly failureConverter?: string;
}

export interface Output {
  readonly info: (text: string) => void;
  readonly error: (text: string) => void;
}

/** Gives the exit code, or under `--watch` undefined, since that goes on. */
export async function bundleCommand(
  projectRoot: string,
  flags: BundleFlags,
  output: Output,
): Promise<number | undefined> {
  const options = bundleOptions(projectRoot, flags);
  const outFile = flags.out ?? defaultOutFile;
  const report = (bundle: WrittenBundle): void => output.info(summary(projectRoot, bundle));
  const fail = (error: unknown): void => output.error(error instanceof Error ? error.message : String(error));
  if (flags.watch) {
    await watchBundle(options, outFile, { onBundle: report, onError: fail }).ready;
    return undefined;
  }
  try {
    report(await writeBundle(options, outFile));
    return 0;
  } catch (error) {
    fail(error);
    return 1;
  }
}

function bundleOptions(projectRoot: string, flags: BundleFlags): BundleOptions {
  const { payloadConverter, failureConverter } = flags;
  return {
    projectRoot,
    workflowsPath: flags.workflows ?? defaultWorkflowsPath,
    interceptorModules: listOf(flags.interceptor),
    ignoreModules: listOf(flags.ignore),
    sharedModules: listOf(flags.share),
    ...(payloadConverter !== undefined && { payloadConverterPath: payloadConverter }),
    ...(failureConverter !== undefined && { failureConverterPath: failureConverter }),
  };
}

function listOf(flag: string | readonly string[] | undefined): readonly string[] {
  return flag === undefined ? [] : typeof flag === 'string' ? [flag] : flag;
}

function summary(projectRoot: string, bundle: WrittenBundle): string {
  const { outFile, isChanged, workflowTypes, hash, sizes, warnings } = bundle;
  const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
  const lines = [
    `${relative(projectRoot, outFile)}: ${workflowTypes.join(', ')}`,
    `  ${kib(sizes.total)}, build ${hash.slice(0, 12)}${isChanged ? '' : ', unchanged'}`,
    ...warnings.map((warning) => `  warning: ${describeProblem(warning)}`),
  ];
  return lines.join('\n');
}
