/** What workflow code imports from this library, by specifier: the executor binds it to each run. */
import * as common from '../common/index.ts';
import * as workflow from '../workflow/index.ts';

export const WORKFLOW_MODULES: Readonly<Record<string, unknown>> = {
  'perdure/workflow': workflow,
  'perdure/common': common,
};
