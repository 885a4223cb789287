/** Interceptors of a worker: around its activities, and modules of interceptors in the workflow bundle. */

import type { Context } from '../activity/context.ts';
import type {
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
} from '../activity/interceptors.ts';
import type { ClientInterceptors } from '../client/index.ts';
import type { Logger } from '../common/logger.ts';
import type { NexusInterceptorsFactory } from '../nexus/interceptors.ts';
import { ActivityInboundLogInterceptor } from './log-interceptors.ts';
import { Runtime } from './runtime.ts';
import type { WorkerOptions } from './worker-options.ts';

export type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptors,
  ActivityInterceptorsFactory,
  ActivityOutboundCallsInterceptor,
  GetLogAttributesInput,
  GetMetricTagsInput,
} from '../activity/interceptors.ts';
export type { Headers, Next } from '../common/interceptors.ts';
export type {
  NexusCancelOperationInput,
  NexusInboundCallsInterceptor,
  NexusInterceptors,
  NexusInterceptorsFactory,
  NexusOutboundCallsInterceptor,
  NexusStartOperationInput,
  NexusStartOperationOutput,
} from '../nexus/interceptors.ts';

/** @deprecated Use `ActivityInterceptorsFactory`. */
export type ActivityInboundCallsInterceptorFactory = (ctx: Context) => ActivityInboundCallsInterceptor;

export interface WorkerInterceptors {
  /** Of the client that activities find in their context. */
  client?: ClientInterceptors;
  activity?: ActivityInterceptorsFactory[];
  /** @deprecated Use `activity`. */
  activityInbound?: ActivityInboundCallsInterceptorFactory[];
  /** Around the handlers of Nexus operations. */
  nexus?: NexusInterceptorsFactory[];
  /** Modules that export `interceptors`, for workflow code. Only together with `workflowsPath`. */
  workflowModules?: string[];
}

/** @deprecated What it added is part of every worker. With a logger of its own the logs of activities go there. */
export function appendDefaultInterceptors(
  interceptors: WorkerInterceptors,
  logger?: Logger,
): WorkerInterceptors {
  if (logger === undefined || logger === Runtime.instance().logger) return interceptors;
  const { activity, activityInbound = [], workflowModules } = interceptors;
  return {
    activityInbound: [(context) => new ActivityInboundLogInterceptor(context, logger), ...activityInbound],
    ...(activity && { activity }),
    ...(workflowModules && { workflowModules }),
  };
}

/** The factories of both forms, in order. */
export function activityInterceptorsOf({
  interceptors,
}: Pick<WorkerOptions, 'interceptors'>): ActivityInterceptorsFactory[] {
  const older = (interceptors?.activityInbound ?? []).map(
    (factory): ActivityInterceptorsFactory =>
      (context) => ({ inbound: factory(context) }),
  );
  return [...older, ...(interceptors?.activity ?? [])];
}
