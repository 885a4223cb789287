/** Interceptors that once logged. Workers do so by themselves; the classes are here for code that names or extends them. */
import type { GetLogAttributesInput, WorkflowExecuteInput } from '../../executor/interceptors.ts';
import type { Context } from '../activity/context.ts';
import { activityLogAttributes } from '../activity/execution.ts';
import type { ActivityExecuteInput } from '../activity/interceptors.ts';
import type { Logger } from '../common/logger.ts';
import { SdkComponent } from '../common/logger.ts';
import { Runtime } from './runtime.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/**
 * Does nothing, unless it is given a logger or extended: then the activity's log goes there, with its own attributes.
 *
 * @deprecated Intercept `getLogAttributes`.
 */
export class ActivityInboundLogInterceptor {
  protected readonly ctx: Context;
  protected readonly logger: Logger;

  constructor(ctx: Context, logger?: Logger) {
    const runtimeLogger = Runtime.instance().logger;
    this.ctx = ctx;
    this.logger = logger ?? runtimeLogger;
    const isPlain = Object.getPrototypeOf(this) === ActivityInboundLogInterceptor.prototype;
    if (this.logger === runtimeLogger && isPlain) return;
    const functions = LEVELS.map((level) => [
      level,
      (message: string, attributes?: Record<string, unknown>) =>
        this.logger[level](message, {
          sdkComponent: SdkComponent.activity,
          ...this.logAttributes(),
          ...attributes,
        }),
    ]);
    // The levels are all that activities call.
    Object.assign(ctx, { log: Object.fromEntries(functions) });
  }

  protected logAttributes(): Record<string, unknown> {
    return activityLogAttributes(this.ctx.info);
  }

  async execute(
    input: ActivityExecuteInput,
    next: (input: ActivityExecuteInput) => Promise<unknown>,
  ): Promise<unknown> {
    return await next(input);
  }
}

/** @deprecated Intercept `getLogAttributes`. */
export class WorkflowLogInterceptor {
  getLogAttributes(
    input: GetLogAttributesInput,
    next: (input: GetLogAttributesInput) => Record<string, unknown>,
  ): Record<string, unknown> {
    return next(input);
  }

  execute(
    input: WorkflowExecuteInput,
    next: (input: WorkflowExecuteInput) => Promise<unknown>,
  ): Promise<unknown> {
    return next(input);
  }
}

/** @deprecated Intercept `getLogAttributes`. */
export const WorkflowInboundLogInterceptor: typeof WorkflowLogInterceptor = WorkflowLogInterceptor;
