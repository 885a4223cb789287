/** Going on as a new run (CAN-1 to CAN-4). */

import { optionalDurationToMs } from '../sdk/common/time.ts';
import { checkVersioningIntent } from '../sdk/common/versioning-intent.ts';
import { encodeInitialVersioningBehavior } from '../sdk/common/worker-deployments.ts';
import { compact } from './compact.ts';
import { requireRun } from './context.ts';
import { ContinueAsNew } from './errors.ts';
import { eventGroupsOf } from './event-groups.ts';
import type { ContinueAsNewInput, ContinueAsNewInputOptions } from './interceptors.ts';
import type { WorkflowRun } from './run.ts';

/** Ends the run by throwing ContinueAsNew, through the interceptors. */
export function continueRunAsNew(args: unknown[], options: ContinueAsNewInputOptions): Promise<never> {
  const run = requireRun();
  const continueAsNew = run.interceptors.outbound(
    'continueAsNew',
    async (input: ContinueAsNewInput): Promise<never> => {
      const { eventGroupMarkers } = eventGroupsOf(input.options.eventGroups);
      throw new ContinueAsNew(continueAsNewAttributes(run, input), eventGroupMarkers);
    },
  );
  return continueAsNew({ args, headers: {}, options });
}

function continueAsNewAttributes(
  run: WorkflowRun,
  { args, headers, options }: ContinueAsNewInput,
): ContinueAsNew['command'] {
  const typeInfo = options.typeInfo ?? (options.workflowType === run.workflowType ? run.typeInfo : undefined);
  const started = run.started?.attributes;
  checkVersioningIntent(options.versioningIntent);
  const memo = run.memo(options.memo);
  return compact({
    workflowType: { name: options.workflowType },
    taskQueue: { name: options.taskQueue ?? run.taskQueue },
    input: run.converters.toPayloads(args, undefined, typeInfo?.inputTypes),
    workflowRunTimeout: optionalDurationToMs(options.workflowRunTimeout),
    workflowTaskTimeout: optionalDurationToMs(options.workflowTaskTimeout),
    backoffStartInterval: optionalDurationToMs(options.backoffStartInterval),
    retryPolicy: started?.retryPolicy,
    header: Object.keys(headers).length > 0 ? run.header(headers) : undefined,
    // An empty memo is no memo: then the one of the start goes on (CAN-3).
    memo: memo && Object.keys(memo.fields ?? {}).length > 0 ? memo : started?.memo,
    searchAttributes:
      run.searchAttributes(options.searchAttributes, options.typedSearchAttributes) ??
      run.currentSearchAttributes(),
    initialVersioningBehavior: encodeInitialVersioningBehavior(options.initialVersioningBehavior),
  });
}
