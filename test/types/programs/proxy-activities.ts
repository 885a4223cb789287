/** proxyActivities: what it infers from an interface or a module, and which options it takes. */
import {
  ActivityCancellationType,
  type ActivityFunctionWithOptions,
  type ActivityInterfaceFor,
  type ActivityOptions,
  proxyActivities,
  scheduleActivity,
  type UntypedActivities,
} from '@temporalio/workflow';
import type { Equal, Expect, IsAny } from './expect';

const implementation = {
  async greet(name: string): Promise<string> {
    return `Hello, ${name}`;
  },
  async add(one: number, other: number, ...more: number[]): Promise<number> {
    return one + other + more.length;
  },
  async optional(limit?: number): Promise<void> {
    void limit;
  },
  async generic<T>(value: T): Promise<T[]> {
    return [value];
  },
  synchronous(): number {
    return 1;
  },
  notAFunction: 5,
};

const activities = proxyActivities<typeof implementation>({ startToCloseTimeout: '1 minute' });

type _Greet = Expect<Equal<Parameters<typeof activities.greet>, [name: string]>>;
type _GreetResult = Expect<Equal<ReturnType<typeof activities.greet>, Promise<string>>>;
type _Add = Expect<Equal<Parameters<typeof activities.add>, [one: number, other: number, ...more: number[]]>>;
type _Optional = Expect<Equal<Parameters<typeof activities.optional>, [limit?: number]>>;
type _With = Expect<Equal<typeof activities.greet, ActivityFunctionWithOptions<typeof implementation.greet>>>;

export async function calls(): Promise<void> {
  const text = await activities.greet('World');
  type _Text = Expect<Equal<typeof text, string>>;
  const sum = await activities.add(1, 2, 3);
  type _Sum = Expect<Equal<typeof sum, number>>;
  const list = await activities.generic({ a: 1 });
  type _List = Expect<Equal<typeof list, { a: number }[]>>;
  const overridden = await activities.greet.executeWithOptions({ startToCloseTimeout: '5s' }, ['World']);
  type _Overridden = Expect<Equal<typeof overridden, string>>;
  await activities.optional();
  await activities.optional(3);
  // @ts-expect-error TS2345: an argument of another type
  await activities.greet(5);
  // @ts-expect-error TS2554: an argument is missing
  await activities.greet();
  // @ts-expect-error TS2554: one argument too many
  await activities.greet('World', 1);
  // @ts-expect-error TS2339: no such activity
  await activities.missing();
  // @ts-expect-error TS2349: what is not a function cannot be called
  await activities.notAFunction();
  // @ts-expect-error TS2349: an activity returns a promise
  await activities.synchronous();
  // @ts-expect-error TS2322: arguments of executeWithOptions are checked
  await activities.greet.executeWithOptions({}, [5]);
}

const untyped = proxyActivities({ scheduleToCloseTimeout: 1000 });
export async function untypedCalls(): Promise<void> {
  const anything = await untyped.whatever(1, 'two', { three: true });
  type _Anything = Expect<IsAny<typeof anything>>;
  const { destructured } = proxyActivities<UntypedActivities>({ scheduleToCloseTimeout: 1000 });
  await destructured();
  const scheduled = await scheduleActivity<number>('name', ['a', 1], { startToCloseTimeout: 1 });
  type _Scheduled = Expect<Equal<typeof scheduled, number>>;
}

interface Declared {
  charge(card: string, amount: number): Promise<{ id: string }>;
}
const declared: ActivityInterfaceFor<Declared> = proxyActivities<Declared>({ startToCloseTimeout: 5 });
export const charged: Promise<{ id: string }> = declared.charge('4242', 1);

export const options: ActivityOptions = {
  activityId: 'mine',
  taskQueue: 'other',
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '1 hour',
  scheduleToStartTimeout: 60_000,
  heartbeatTimeout: '30s',
  cancellationType: 'TRY_CANCEL',
  allowEagerDispatch: false,
  summary: 'charges the card',
  priority: { priorityKey: 1, fairnessKey: 'tenant', fairnessWeight: 2 },
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '1m',
    maximumAttempts: 3,
    nonRetryableErrorTypes: ['Fatal'],
  },
};
export const byConstant: ActivityOptions = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};
export const byOldName: ActivityOptions = { cancellationType: ActivityCancellationType.ABANDON };

// @ts-expect-error TS2561: options are not optional members only: an unknown one is refused
proxyActivities<Declared>({ startToCloseTimout: '1m' });
// @ts-expect-error TS2322: a duration is a number or a string with a unit
export const badDuration: ActivityOptions = { startToCloseTimeout: 'soon' };
// @ts-expect-error TS2322: cancellation types are these three
export const badCancellation: ActivityOptions = { cancellationType: 'WAIT' };
// @ts-expect-error TS2322: attempts are a number
export const badRetry: ActivityOptions = { retry: { maximumAttempts: '3' } };
// @ts-expect-error TS2554: options are required
proxyActivities<Declared>();
