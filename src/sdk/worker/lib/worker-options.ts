import type { Logger } from '../../common/logger.ts';
import type { WorkflowBundle, WorkflowBundleOption, WorkflowBundlePath } from '../bundle.ts';
import { compileWorkerOptions as compile } from '../compile-options.ts';
import type { CompiledWorkerOptions, WorkerOptions } from '../worker-options.ts';

export type {
  WorkflowBundle,
  WorkflowBundleOption,
  WorkflowBundlePath,
  WorkflowBundlePathWithSourceMap,
} from '../bundle.ts';
export { appendDefaultInterceptors } from '../interceptors.ts';
export { defaultSinks } from '../sinks.ts';
export * from '../worker-options.ts';

/** The options with their defaults. */
export function compileWorkerOptions(
  options: WorkerOptions,
  logger?: Logger,
  _metricMeter?: unknown,
): CompiledWorkerOptions {
  return compile(options, logger);
}

export function isCodeBundleOption(option: WorkflowBundleOption): option is WorkflowBundle {
  return 'code' in option && typeof option.code === 'string';
}

export function isPathBundleOption(option: WorkflowBundleOption): option is WorkflowBundlePath {
  return 'codePath' in option && typeof option.codePath === 'string';
}
