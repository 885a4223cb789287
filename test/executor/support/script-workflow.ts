/** A workflow that does what a script says: the subject of the simulation. Its result is the order in which things ended. */
import {
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  deprecatePatch,
  executeChild,
  getExternalWorkflowHandle,
  patched,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  Trigger,
  uuid4,
} from '../../../src/sdk/workflow/index.ts';

export type CancellationType = 'ABANDON' | 'TRY_CANCEL' | 'WAIT_CANCELLATION_COMPLETED';

export type Step =
  | { op: 'sleep'; ms: number }
  | { op: 'activity'; cancellationType: CancellationType }
  | { op: 'child'; cancellationType: CancellationType; start: boolean }
  | { op: 'external'; cancel: boolean }
  | { op: 'patch'; id: string; deprecated: boolean }
  | { op: 'condition'; count: number; ms?: number }
  | { op: 'trigger' }
  | { op: 'cancel' }
  | { op: 'parallel'; branches: Step[][] }
  | { op: 'scope'; cancellable: boolean; steps: Step[] }
  | { op: 'timeout'; ms: number; steps: Step[] };

const poke = defineSignal<[Step[]]>('poke');
const ask = defineUpdate<number, [Step[]]>('ask');

interface State {
  pokes: number;
  trace: string[];
  triggers: Trigger<void>[];
}

export async function script(steps: Step[]): Promise<string[]> {
  const state: State = { pokes: 0, trace: [], triggers: [] };
  setHandler(poke, async (extra) => {
    state.pokes++;
    state.triggers.shift()?.resolve();
    await perform(extra, state, 'p').catch(() => undefined);
  });
  setHandler(ask, async (extra) => {
    await perform(extra, state, 'u').catch(() => undefined);
    return state.trace.length;
  });
  try {
    await perform(steps, state, 'm');
  } catch (error) {
    state.trace.push(`main:${(error as Error).name}`);
  }
  // What the order was shows in the ID of an activity, so that a replay that differs is caught.
  await CancellationScope.nonCancellable(async () => {
    const activityId = `${state.trace.join(',').slice(-150)}/${uuid4()}`;
    await proxyActivities<{ last(): Promise<void> }>({ startToCloseTimeout: '1m', activityId }).last();
  });
  return state.trace;
}

async function perform(steps: Step[], state: State, path: string): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const here = `${path}${index}`;
    try {
      await performOne(step, state, here);
      state.trace.push(here);
    } catch (error) {
      state.trace.push(`${here}!${(error as Error).name}`);
      if (step.op === 'scope' || step.op === 'timeout') continue;
      throw error;
    }
  }
}

async function performOne(step: Step, state: State, path: string): Promise<unknown> {
  switch (step.op) {
    case 'sleep':
      return await sleep(step.ms);
    case 'activity': {
      const { cancellationType } = step;
      return await proxyActivities<{ work(): Promise<void> }>({
        startToCloseTimeout: '1m',
        cancellationType,
      }).work();
    }
    case 'child': {
      const { cancellationType } = step;
      if (!step.start) return await executeChild('kid', { cancellationType });
      return await (await startChild('kid', { cancellationType })).result();
    }
    case 'external': {
      const handle = getExternalWorkflowHandle('elsewhere');
      return step.cancel ? await handle.cancel() : await handle.signal('hello');
    }
    case 'patch':
      return step.deprecated ? deprecatePatch(step.id) : patched(step.id);
    case 'condition':
      if (step.ms === undefined) return await condition(() => state.pokes >= step.count);
      return await condition(() => state.pokes >= step.count, step.ms);
    case 'trigger': {
      const trigger = new Trigger<void>();
      state.triggers.push(trigger);
      return await trigger;
    }
    case 'cancel':
      return CancellationScope.current().cancel();
    case 'parallel':
      return await Promise.allSettled(
        step.branches.map((branch, index) => perform(branch, state, `${path}${'abc'[index]}`)),
      );
    case 'scope':
      return await new CancellationScope({ cancellable: step.cancellable }).run(() =>
        perform(step.steps, state, path),
      );
    case 'timeout':
      return await CancellationScope.withTimeout(step.ms, () => perform(step.steps, state, path));
  }
}
