import { type BundleOptions, bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '../../bundle.ts';

export {
  type BundleOptions,
  type BundlerPlugin,
  bundleWorkflowCode,
  type WorkflowBundleWithSourceMap,
} from '../../bundle.ts';

/** @deprecated There are none. */
export const defaultWorkflowInterceptorModules: string[] = [];

/** `bundleWorkflowCode` as a class. */
export class WorkflowCodeBundler {
  readonly #options: BundleOptions;

  constructor(options: BundleOptions) {
    this.#options = options;
  }

  async createBundle(): Promise<WorkflowBundleWithSourceMap> {
    return await bundleWorkflowCode(this.#options);
  }
}

/** Whether a module, or a path below it, is in the list. */
export function moduleMatches(userModule: string, modules: string[]): boolean {
  return modules.some((module) => userModule === module || userModule.startsWith(`${module}/`));
}
