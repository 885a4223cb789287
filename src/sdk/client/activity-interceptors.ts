/** Interceptors around the calls of `ActivityClient` and its handles. */
import type { Headers, Next } from '../common/interceptors.ts';
import type { Any } from '../common/type-helpers.ts';
import type { TypeInfo } from '../common/type-info.ts';
import type { ActivityHandle } from './activity-handle.ts';
import type {
  ActivityDescribeOptions,
  ActivityOptions,
  ActivityOptionsUpdate,
  ActivityOptionsUpdateResult,
  ActivityPauseOptions,
  ActivityUnpauseOptions,
} from './activity-options.ts';
import type {
  ActivityExecutionDescription,
  ActivityExecutionInfo,
  CountActivityExecutions,
} from './activity-types.ts';

/** Which activity. An empty run ID means the latest run. */
interface OfActivity {
  readonly activityId: string;
  readonly activityRunId: string;
  readonly headers: Headers;
}

export interface ActivityStartInput {
  readonly activityType: string;
  readonly options: ActivityOptions;
  /** They go along to the activity. */
  readonly headers: Headers;
}

export interface ActivityGetResultInput extends OfActivity {
  readonly outputType?: TypeInfo;
}

export interface ActivityDescribeInput extends OfActivity {
  readonly options: Required<ActivityDescribeOptions>;
}

export interface ActivityCancelInput extends OfActivity {
  readonly reason: string;
}

export interface ActivityTerminateInput extends OfActivity {
  readonly reason: string;
}

export interface ActivityListInput {
  readonly query: string;
  readonly headers: Headers;
}

export interface ActivityCountInput {
  readonly query: string;
  readonly headers: Headers;
}

/** @experimental */
export interface ActivityPauseInput extends OfActivity {
  readonly options: ActivityPauseOptions;
}

/** @experimental */
export interface ActivityUnpauseInput extends OfActivity {
  readonly options: ActivityUnpauseOptions;
}

/** @experimental */
export interface ActivityUpdateOptionsInput extends OfActivity {
  readonly options: ActivityOptionsUpdate;
}

/** @experimental */
export interface ActivityRestoreOriginalOptionsInput extends OfActivity {}

export interface ActivityClientInterceptor {
  start?: (input: ActivityStartInput, next: Next<this, 'start'>) => Promise<ActivityHandle>;
  getResult?: (input: ActivityGetResultInput, next: Next<this, 'getResult'>) => Promise<Any>;
  describe?: (
    input: ActivityDescribeInput,
    next: Next<this, 'describe'>,
  ) => Promise<ActivityExecutionDescription>;
  cancel?: (input: ActivityCancelInput, next: Next<this, 'cancel'>) => Promise<void>;
  terminate?: (input: ActivityTerminateInput, next: Next<this, 'terminate'>) => Promise<void>;
  list?: (input: ActivityListInput, next: Next<this, 'list'>) => AsyncIterable<ActivityExecutionInfo>;
  count?: (input: ActivityCountInput, next: Next<this, 'count'>) => Promise<CountActivityExecutions>;
  /** @experimental */
  pause?: (input: ActivityPauseInput, next: Next<this, 'pause'>) => Promise<void>;
  /** @experimental */
  unpause?: (input: ActivityUnpauseInput, next: Next<this, 'unpause'>) => Promise<void>;
  /** @experimental */
  updateOptions?: (
    input: ActivityUpdateOptionsInput,
    next: Next<this, 'updateOptions'>,
  ) => Promise<ActivityOptionsUpdateResult>;
  /** @experimental */
  restoreOriginalOptions?: (
    input: ActivityRestoreOriginalOptionsInput,
    next: Next<this, 'restoreOriginalOptions'>,
  ) => Promise<ActivityOptionsUpdate>;
}
