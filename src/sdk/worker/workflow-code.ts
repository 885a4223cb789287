/** The bundle that a worker's options come to. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SourceText } from '../../executor/stack-capture.ts';
import type { WorkflowBundle } from '../../executor/workflow-bundle.ts';
import type { Logger } from '../common/logger.ts';
import { bundleWorkflowCode, evaluateBundle, loadBundle, projectRootOf } from './bundle.ts';
import type { WorkerOptions } from './worker-options.ts';

type CodeOptions = Pick<
  WorkerOptions,
  'workflowsPath' | 'workflowBundle' | 'interceptors' | 'dataConverter' | 'bundlerOptions'
> & { plugins?: readonly object[] };

/** Reads authors' files for enhanced stack traces; undefined where a finished bundle came without them. */
export function sourceTextOf({ workflowsPath, workflowBundle }: CodeOptions): SourceText | undefined {
  if (workflowsPath === undefined || workflowBundle !== undefined) return undefined;
  const root = projectRootOf(resolve(workflowsPath));
  return (file) => {
    try {
      return readFileSync(join(root, file), 'utf8');
    } catch {
      // Moved or removed since the bundle was built: the trace itself is worth more.
      return undefined;
    }
  };
}

/** Undefined for a worker that runs activities only. */
export async function workflowBundleOf(
  options: CodeOptions,
  logger?: Logger,
): Promise<WorkflowBundle | undefined> {
  const { workflowsPath, workflowBundle, interceptors, dataConverter, bundlerOptions } = options;
  if (workflowBundle !== undefined) {
    if (logger) warnOfIgnored(options, logger);
    return await loadBundle(workflowBundle);
  }
  if (workflowsPath === undefined) return undefined;
  const { payloadConverterPath, failureConverterPath } = dataConverter ?? {};
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: interceptors?.workflowModules ?? [],
    ignoreModules: bundlerOptions?.ignoreModules ?? [],
    preloadModules: bundlerOptions?.preloadModules ?? [],
    ...(bundlerOptions?.webpackConfigHook && { webpackConfigHook: bundlerOptions.webpackConfigHook }),
    ...(payloadConverterPath !== undefined && { payloadConverterPath }),
    ...(failureConverterPath !== undefined && { failureConverterPath }),
    ...(logger && { logger }),
    plugins: (options.plugins ?? []).filter((plugin) => 'configureBundler' in plugin) as never,
  });
  return evaluateBundle(code);
}

/** A finished bundle is as it is. */
function warnOfIgnored({ workflowsPath, bundlerOptions, interceptors }: CodeOptions, logger: Logger): void {
  const why = 'because WorkerOptions.workflowBundle is set';
  if (workflowsPath) logger.warn(`Ignoring WorkerOptions.workflowsPath ${why}`);
  if (bundlerOptions) logger.warn(`Ignoring WorkerOptions.bundlerOptions ${why}`);
  if (interceptors?.workflowModules?.length)
    logger.warn(
      `Ignoring WorkerOptions.interceptors.workflowModules ${why}.\n` +
        'To use workflow interceptors with a workflowBundle, pass them in the call to bundleWorkflowCode.',
    );
}
