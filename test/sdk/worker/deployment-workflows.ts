import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  executeChild,
  proxyActivities,
  setHandler,
  setWorkflowOptions,
  workflowInfo,
} from 'perdure/workflow';

const { act } = proxyActivities<{ act(): Promise<string> }>({ startToCloseTimeout: '1m' });
export const step = defineSignal('step');
export const finish = defineSignal('finish');
export const seen = defineQuery<string[]>('seen');

/** The build of each task that it was woken by. */
async function takesSteps(): Promise<string[]> {
  const builds: string[] = [];
  let steps = 0;
  let isDone = false;
  setHandler(step, () => void steps++);
  setHandler(finish, () => {
    isDone = true;
  });
  setHandler(seen, () => builds);
  for (;;) {
    builds.push(workflowInfo().currentDeploymentVersion?.buildId ?? '');
    const at = steps;
    await condition(() => isDone || steps > at);
    if (isDone) return builds;
  }
}

export async function autoUpgrades(): Promise<string[]> {
  return takesSteps();
}
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, autoUpgrades);

export async function stays(): Promise<string[]> {
  return takesSteps();
}
setWorkflowOptions({ versioningBehavior: 'PINNED' }, stays);

const ownBuild = () => workflowInfo().currentDeploymentVersion?.buildId ?? '';

export async function child(): Promise<string> {
  return ownBuild();
}
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, child);

/** The builds of its next run, of a child of that, and of an activity's worker. */
export async function begets(isNext = false): Promise<string[]> {
  setHandler(seen, () => [ownBuild()]);
  if (!isNext) {
    let isAsked = false;
    setHandler(step, () => {
      isAsked = true;
    });
    await condition(() => isAsked);
    await continueAsNew<typeof begets>(true);
  }
  return [ownBuild(), await executeChild(child), await act()];
}
setWorkflowOptions({ versioningBehavior: 'PINNED' }, begets);
