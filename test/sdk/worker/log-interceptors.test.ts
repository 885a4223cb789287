import { type Context, log } from 'perdure/activity';
import { MockActivityEnvironment } from 'perdure/testing';
import {
  ActivityInboundLogInterceptor,
  DefaultLogger,
  type LogEntry,
  WorkflowInboundLogInterceptor,
  WorkflowLogInterceptor,
} from 'perdure/worker';
import { describe, expect, it } from 'vitest';

/** What an activity logs within the interceptor. */
async function logged(make: (context: Context, logger: DefaultLogger) => object): Promise<LogEntry[]> {
  const own: LogEntry[] = [];
  const environment = new MockActivityEnvironment(undefined, {
    logger: new DefaultLogger('ERROR', () => {}),
    interceptors: [
      (context) => ({ inbound: make(context, new DefaultLogger('INFO', (entry) => own.push(entry))) }),
    ],
  });
  await environment.run(async () => log.info('said', { a: 1 }));
  return own;
}

describe('the interceptors that once logged', () => {
  it('of activities: does nothing by itself, and sends the log elsewhere when told', async () => {
    expect(await logged((context) => new ActivityInboundLogInterceptor(context))).toEqual([]);
    const [entry] = await logged((context, logger) => new ActivityInboundLogInterceptor(context, logger));
    expect(entry).toMatchObject({
      message: 'said',
      meta: { a: 1, sdkComponent: 'activity', activityId: 'test' },
    });
  });

  it('of activities: extended, with attributes of its own', async () => {
    class Extended extends ActivityInboundLogInterceptor {
      protected override logAttributes() {
        return { ...super.logAttributes(), mine: true };
      }
    }
    const [entry] = await logged((context, logger) => new Extended(context, logger));
    expect(entry?.meta).toMatchObject({ mine: true, activityType: 'unknown' });
  });

  it('of workflows: pass everything on', async () => {
    expect(WorkflowInboundLogInterceptor).toBe(WorkflowLogInterceptor);
    const interceptor = new WorkflowLogInterceptor();
    expect(interceptor.getLogAttributes({ a: 1 }, (input) => ({ ...input, b: 2 }))).toEqual({ a: 1, b: 2 });
    expect(await interceptor.execute({ args: [], headers: {} }, async () => 'done')).toBe('done');
  });
});
