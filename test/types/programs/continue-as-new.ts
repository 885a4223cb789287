/** continueAsNew and makeContinueAsNewFunc. */
import {
  ContinueAsNew,
  type ContinueAsNewOptions,
  continueAsNew,
  makeContinueAsNewFunc,
} from '@temporalio/workflow';
import type { Equal, Expect } from './expect';

export async function loop(count: number, state?: { seen: string[] }): Promise<void> {
  if (count > 10) {
    await continueAsNew<typeof loop>(count + 1, { seen: [] });
  }
  if (count > 20) {
    const next = makeContinueAsNewFunc<typeof loop>({
      workflowType: 'loop',
      taskQueue: 'other',
      workflowRunTimeout: '1 day',
      workflowTaskTimeout: '10s',
      memo: { note: 'x' },
      searchAttributes: { a: [1] },
    });
    type _Parameters = Expect<Equal<Parameters<typeof next>, [count: number, state?: { seen: string[] }]>>;
    type _Never = Expect<Equal<ReturnType<typeof next>, Promise<never>>>;
    await next(1, state);
  }
  try {
    await continueAsNew<typeof loop>(1);
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
  }
  // @ts-expect-error TS2345: arguments are the workflow's
  await continueAsNew<typeof loop>('x');
  // @ts-expect-error TS2554: and required
  await continueAsNew<typeof loop>();
  // @ts-expect-error TS2345: in functions made for it too
  await makeContinueAsNewFunc<typeof loop>()('x');
}
export const options: ContinueAsNewOptions = { typedSearchAttributes: [], versioningIntent: 'DEFAULT' };
// @ts-expect-error TS2353: retry goes on as it is
export const retry: ContinueAsNewOptions = { retry: { maximumAttempts: 1 } };
