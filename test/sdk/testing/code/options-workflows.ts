/** What options may look like beyond their types, and what code is told of those that it was started with. */
import type { Info } from 'perdure/activity';
import {
  type ActivityOptions,
  type ChildWorkflowOptions,
  type ContinueAsNewOptions,
  executeChild,
  type LocalActivityOptions,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  type RetryPolicy,
  workflowInfo,
} from 'perdure/workflow';

interface Activities {
  info(): Promise<Pick<Info, 'retryPolicy'>>;
}

const short = { startToCloseTimeout: '30s' } as const;
const outcomeOf = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    return (await work()) ?? null;
  } catch (error) {
    return String(error);
  }
};

export async function child(): Promise<string> {
  return 'ran';
}

/** Options as JavaScript gives them: of names and numbers that their types do not have. */
export async function strangeOptions(): Promise<unknown[]> {
  const asChild = (options: object) =>
    outcomeOf(() => executeChild(child, options as unknown as ChildWorkflowOptions));
  const asActivity = (options: object) => {
    const all = { ...short, ...options } as unknown as ActivityOptions;
    return outcomeOf(async () => typeof (await proxyActivities<Activities>(all).info()));
  };
  const asLocal = (options: object) => {
    const all = { ...short, ...options } as unknown as LocalActivityOptions;
    return outcomeOf(async () => typeof (await proxyLocalActivities<Activities>(all).info()));
  };
  const asNext = (options: object) =>
    outcomeOf(() => makeContinueAsNewFunc(options as unknown as ContinueAsNewOptions)());
  return [
    await asChild({ workflowIdReusePolicy: 'X' }),
    await asChild({ parentClosePolicy: 'X' }),
    await asChild({ cancellationType: 'X' }),
    await asChild({ versioningIntent: 'X' }),
    await asChild({
      parentClosePolicy: 'PARENT_CLOSE_POLICY_ABANDON',
      workflowIdReusePolicy: 'WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE',
    }),
    await asChild({ parentClosePolicy: 2, workflowIdReusePolicy: 3, cancellationType: 1 }),
    await asChild({ parentClosePolicy: 0, workflowIdReusePolicy: 'UNSPECIFIED' }),
    await asActivity({ cancellationType: 'X' }),
    await asActivity({ versioningIntent: 'X' }),
    await asActivity({ cancellationType: 0, versioningIntent: 'DEFAULT' }),
    await asLocal({ cancellationType: 'X' }),
    await asLocal({ retry: { maximumAttempts: -1 } }),
    await asLocal({ cancellationType: 2 }),
    await asNext({ versioningIntent: 'X' }),
  ];
}

export async function recordedPolicy(): Promise<RetryPolicy | undefined> {
  return workflowInfo().retryPolicy;
}

export async function infoOfActivities(): Promise<unknown[]> {
  const local = (options: LocalActivityOptions) => proxyLocalActivities<Activities>(options).info();
  return [
    await local({ startToCloseTimeout: '5s' }),
    await local({
      scheduleToCloseTimeout: '7s',
      retry: { initialInterval: 200, nonRetryableErrorTypes: ['A'] },
    }),
    await local({ startToCloseTimeout: '9s', scheduleToCloseTimeout: '5s', retry: { maximumAttempts: 4 } }),
    (await proxyActivities<Activities>(short).info()).retryPolicy,
  ];
}
