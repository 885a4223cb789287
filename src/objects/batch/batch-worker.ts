/** What serves the task queue of batch jobs, wherever objects run. */

import { BATCH_TASK_QUEUE } from '../../sdk/common/batch.ts';
import { loadDataConverter } from '../../sdk/common/converter/data-converter.ts';
import type { Logger } from '../../sdk/common/logger.ts';
import { noopMetricMeter } from '../../sdk/common/metrics.ts';
import type { ActivityWorker } from '../activity/activity-runner.ts';
import { workOnBatchPage } from './batch-activity.ts';
import { BATCH_ACTIVITY } from './batch-workflow.ts';

export function batchWorker(client: ActivityWorker['client'], logger: Logger): ActivityWorker {
  return {
    taskQueue: BATCH_TASK_QUEUE,
    activities: new Map([[BATCH_ACTIVITY, workOnBatchPage]]),
    dataConverter: loadDataConverter(undefined),
    interceptors: [],
    logger,
    metricMeter: noopMetricMeter,
    client,
  };
}
