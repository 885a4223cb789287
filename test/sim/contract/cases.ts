/** What objects may rely on, of whatever they run on. Each case has an object of its own. */
import { expect } from 'vitest';
import type { Ring } from './contract-core.ts';

export interface Subject {
  /** Of the object under test, or of another by its name. */
  act(operation: string, ...args: unknown[]): Promise<unknown>;
  other(name: string): Pick<Subject, 'act'>;
  /** Its memory is gone, in the way that the name says. */
  lose(how: 'evicted' | 'crashed'): Promise<void>;
  /** Polls, as time passes. */
  until(isSo: () => Promise<boolean>): Promise<void>;
}

type Case = (subject: Subject) => Promise<void>;

const rings = async (subject: Subject): Promise<Ring[]> => (await subject.act('rings')) as Ring[];
const rung = (subject: Subject, times: number) =>
  subject.until(async () => (await rings(subject)).length >= times);
const keys = async (subject: Subject) =>
  ((await subject.act('all')) as { key: string }[]).map(({ key }) => key);
const failure = (call: Promise<unknown>) =>
  call.then(
    () => 'no failure',
    (error: unknown) => error,
  );

const storage: Record<string, Case> = {
  'rows come back as they were written, bytes as ArrayBuffer': async (subject) => {
    await subject.act('put', 'number', 12.5);
    await subject.act('put', 'text', 'zażółć 🙂');
    await subject.act('put', 'nothing', null);
    await subject.act('put', 'bytes', new Uint8Array([7, 8, 9]));
    expect(await subject.act('kindOf', 'number')).toBe('number 12.5');
    expect(await subject.act('kindOf', 'text')).toBe('string zażółć 🙂');
    expect(await subject.act('kindOf', 'nothing')).toBe('null');
    expect(await subject.act('kindOf', 'bytes')).toBe('bytes 3 7');
  },
  'a statement that writes gives rows when it returns some': async (subject) => {
    expect(await subject.act('putReturning', 'a', 1)).toEqual([{ key: 'a', value: 1 }]);
    expect(await subject.act('all')).toEqual([{ key: 'a', value: 1 }]);
  },
  'what was written before a call fails stays': async (subject) => {
    expect(await failure(subject.act('putThenThrow', 'kept'))).toMatchObject({ name: 'TypeError' });
    expect(await keys(subject)).toEqual(['kept']);
  },
  'a transaction that throws leaves rows and alarm as they were': async (subject) => {
    await subject.act('setAlarm', 50_000);
    expect(await subject.act('transactionThatThrows', 'gone', 10_000)).toBe('in the transaction');
    expect(await keys(subject)).toEqual([]);
    expect(await subject.act('alarmIn')).toBeGreaterThan(40_000);
  },
  'a transaction writes all of its rows, and its alarm': async (subject) => {
    await subject.act('transaction', ['a', 'b'], 60_000);
    expect(await keys(subject)).toEqual(['a', 'b']);
    expect(await subject.act('alarmIn')).toBeGreaterThan(50_000);
  },
  'a statement that breaks a constraint undoes the whole transaction': async (subject) => {
    expect(await subject.act('conflict', 'k')).toBe(true);
    expect(await keys(subject)).toEqual([]);
  },
  'a value of more than 2,000,000 bytes is refused': async (subject) => {
    expect(await subject.act('tooLarge', 2_000_001)).not.toBe('written');
    expect(await subject.act('tooLarge', 1_900_000)).toBe('written');
  },
  'whole numbers up to 2^53, negative ones and fractions come back as they were': async (subject) => {
    for (const number of [0, -1, 1_767_225_600_000, Number.MAX_SAFE_INTEGER, -0.125]) {
      await subject.act('put', 'number', number);
      expect(await subject.act('all')).toEqual([{ key: 'number', value: number }]);
    }
  },
  'one parameter carries a list of any length': async (subject) => {
    await subject.act('put', 'k1', 1);
    await subject.act('put', 'k4999', 1);
    const asked = Array.from({ length: 5_000 }, (_, index) => `k${index}`);
    expect(await subject.act('among', asked)).toEqual(['k1', 'k4999']);
  },
  'a statement binds 100 values, and no more': async (subject) => {
    expect(await subject.act('bindMany', 100)).toBe('bound');
    expect(await subject.act('bindMany', 101)).toBe('refused');
  },
  'a transaction within a transaction is part of it': async (subject) => {
    await subject.act('nested', 'outer', 'inner');
    expect(await keys(subject)).toEqual(['inner', 'outer']);
  },
  'transactions by statement, pragmas and other databases are refused': async (subject) => {
    const statements = [
      'BEGIN',
      'SAVEPOINT here',
      'COMMIT',
      "ATTACH DATABASE ':memory:' AS other",
      'PRAGMA user_version = 7',
      'VACUUM',
    ];
    expect(await subject.act('refused', statements)).toEqual([]);
    await subject.act('put', 'after', 1);
    expect(await keys(subject)).toEqual(['after']);
  },
  'everything is gone after deleteAll, the alarm too, and can be written again': async (subject) => {
    await subject.act('put', 'a', 1);
    await subject.act('setAlarm', 50_000);
    await subject.act('erase');
    expect(await subject.act('alarmIn')).toBeNull();
    expect(await keys(subject)).toEqual([]);
    await subject.act('put', 'b', 2);
    expect(await keys(subject)).toEqual(['b']);
  },
};

const alarms: Record<string, Case> = {
  'an alarm comes once, not before its time, and none stands while it runs': async (subject) => {
    await subject.act('setAlarm', 80);
    await rung(subject, 1);
    expect(await rings(subject)).toEqual([{ standing: null, late: expect.any(Number) }]);
    const [ring] = await rings(subject);
    expect(ring?.late).toBeGreaterThanOrEqual(0);
    expect(await subject.act('alarmIn')).toBeNull();
  },
  'a later setAlarm replaces an earlier one, in both directions': async (subject) => {
    await subject.act('setAlarm', 30);
    await subject.act('setAlarm', 90_000);
    expect(await subject.act('alarmIn')).toBeGreaterThan(80_000);
    await subject.act('setAlarm', 20);
    await rung(subject, 1);
  },
  'an alarm in the past comes at once': async (subject) => {
    await subject.act('setAlarm', -60_000);
    await rung(subject, 1);
  },
  'a deleted alarm does not come': async (subject) => {
    await subject.act('setAlarm', 1_500);
    await subject.act('deleteAlarm');
    expect(await subject.act('alarmIn')).toBeNull();
    const other = subject.other('clock');
    await other.act('setAlarm', 1_700);
    await subject.until(async () => ((await other.act('rings')) as Ring[]).length > 0);
    expect(await rings(subject)).toEqual([]);
  },
  'an alarm that is set while one runs comes after it': async (subject) => {
    await subject.act('setAlarm', 10, 30);
    await rung(subject, 2);
    expect((await rings(subject)).map(({ standing }) => standing)).toEqual([null, null]);
    expect(await subject.act('alarmIn')).toBeNull();
  },
  'no second alarm runs before the first has ended': async (subject) => {
    await subject.act('setAlarm', 10, undefined, true);
    await rung(subject, 1);
    await subject.act('setAlarm', 10);
    const other = subject.other('clock');
    await other.act('setAlarm', 150);
    await subject.until(async () => ((await other.act('rings')) as Ring[]).length > 0);
    expect(await rings(subject)).toHaveLength(1);
    expect(await subject.act('release')).toBe(true);
    await rung(subject, 2);
  },
  'alarms of many objects that are due together come once each': async (subject) => {
    const others = Array.from({ length: 20 }, (_, index) => subject.other(`${index}`));
    await Promise.all(others.map((other) => other.act('setAlarm', 300)));
    for (const other of others)
      await subject.until(async () => ((await other.act('rings')) as Ring[]).length > 0);
    for (const other of others) {
      expect(await other.act('rings')).toHaveLength(1);
      expect(await other.act('alarmIn')).toBeNull();
    }
  },
  'an alarm whose object is gone in the middle comes again': async (subject) => {
    await subject.act('setAlarm', 10, undefined, true);
    await rung(subject, 1);
    await subject.lose('crashed');
    await rung(subject, 2);
  },
  'one that had set the next by then has that one come': async (subject) => {
    await subject.act('setAlarm', 10, 400, true);
    await rung(subject, 1);
    await subject.act('sync');
    await subject.lose('crashed');
    await rung(subject, 2);
  },
  'calls come in while an alarm waits': async (subject) => {
    await subject.act('setAlarm', 10, undefined, true);
    await rung(subject, 1);
    expect(await subject.act('count')).toBe(1);
    expect(await subject.act('release')).toBe(true);
  },
};

const losses: Record<string, Case> = Object.fromEntries(
  (['evicted', 'crashed'] as const).flatMap((how): [string, Case][] => [
    [
      `an object that was ${how} has its rows and no memory`,
      async (subject) => {
        await subject.act('put', 'a', 1);
        await subject.act('sync');
        expect(await subject.act('count')).toBe(1);
        await subject.lose(how);
        expect(await subject.act('count')).toBe(1);
        expect(await keys(subject)).toEqual(['a']);
      },
    ],
    [
      `the alarm of an object that was ${how} comes without a call`,
      async (subject) => {
        await subject.act('setAlarm', 200);
        await subject.act('sync');
        await subject.lose(how);
        await rung(subject, 1);
        expect(await subject.act('alarmIn')).toBeNull();
      },
    ],
  ]),
);

const interrupted: Record<string, Case> = {
  'what a call has answered for is there after a crash': async (subject) => {
    await subject.act('put', 'answered', 1);
    await subject.lose('crashed');
    expect(await keys(subject)).toEqual(['answered']);
  },
  'one object that is gone takes no other along': async (subject) => {
    await subject.act('count');
    expect(await subject.act('forward', 'gone alone', 'count')).toBe(1);
    expect(await failure(subject.act('forward', 'gone alone', 'abort'))).toBeInstanceOf(Error);
    expect(await subject.act('forward', 'gone alone', 'count')).toBe(1);
    expect(await subject.act('count')).toBe(2);
  },
  'a stub whose object is gone stays broken, a new one reaches it': async (subject) => {
    expect(await subject.act('kept', 'gone behind a stub', 'count')).toBe(1);
    expect(await failure(subject.act('kept', 'gone behind a stub', 'abort'))).toBeInstanceOf(Error);
    expect(await failure(subject.act('kept', 'gone behind a stub', 'count'))).toBeInstanceOf(Error);
    expect(await subject.act('forward', 'gone behind a stub', 'count')).toBe(1);
  },
  'a call that waits in an object that crashes fails, and the next finds a fresh one': async (subject) => {
    await subject.act('count');
    const held = failure(subject.act('hold'));
    expect(await subject.act('count')).toBe(2);
    await subject.lose('crashed');
    expect(await held).toBeInstanceOf(Error);
    expect(await subject.act('count')).toBe(1);
  },
};

const calls: Record<string, Case> = {
  'what crosses a call is copied, both ways': async (subject) => {
    const list = [1, 2, 3];
    expect(await subject.act('mutate', list)).toEqual([1, 2, 3, 4]);
    expect(list).toEqual([1, 2, 3]);
  },
  'plain data, bytes, maps and undefined cross a call as they are': async (subject) => {
    const value = { a: undefined, bytes: new Uint8Array([1, 255]), map: new Map([['k', [1]]]), none: null };
    expect(await subject.act('echo', value)).toEqual(value);
  },
  'an error keeps its name and message': async (subject) => {
    expect(await failure(subject.act('fail'))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('as it was told'),
    });
  },
  'an error of a class of its own arrives as a plain one, with its name and what it carries': async (
    subject,
  ) => {
    expect(await subject.act('failureOf', 'neighbour', 'failInOwnWay')).toEqual({
      isPlain: true,
      name: 'OwnError',
      message: 'as it was told',
      code: 'E_OWN',
    });
  },
  'objects call each other, and hear of failures': async (subject) => {
    expect(await subject.act('forward', 'neighbour', 'echo', { n: 1 })).toEqual({ n: 1 });
    const failed = await failure(subject.act('forward', 'neighbour', 'fail'));
    expect(failed).toMatchObject({ message: expect.stringContaining('as it was told') });
    expect(((await subject.act('forwardTwice', 'counter')) as number[]).sort()).toEqual([1, 2]);
  },
  'calls come in while another waits': async (subject) => {
    const held = subject.act('hold');
    await subject.until(async () => (await subject.act('release')) === true);
    await held;
  },
};

const time: Record<string, Case> = {
  'a timer comes after all promises that follow': async (subject) => {
    expect(await subject.act('order')).toEqual(['now', 'promises', 'timer']);
  },
  'timers come in order, and not when they were called off': async (subject) => {
    expect(await subject.act('timers')).toEqual(['first', 'second']);
  },
};

const fetches: Record<string, Case> = {
  'an activity answers the fetch': async (subject) => {
    expect(await subject.act('activity', 'contractEcho', { a: [1, 'ż'] })).toEqual({ a: [1, 'ż'] });
  },
  'an activity that fails, or is not there, answers with its failure as data': async (subject) => {
    expect(await subject.act('activity', 'contractFails', 0)).toBe('failed: as it was told');
    expect(await subject.act('activity', 'nobody', 0)).toContain('failed: ');
  },
  'a fetch that is aborted rejects': async (subject) => {
    expect(await subject.act('abortedActivity', 'contractHangs')).toBe('rejected');
  },
  'an activity hears that its caller is gone, and goes on to its end': async (subject) => {
    const other = subject.other('listening');
    const heard: unknown[] = [];
    await subject.act('beginActivity', 'contractTells');
    await subject.act('sync');
    await subject.act('abort').catch(() => undefined);
    await subject.until(async () => {
      heard.push(...((await other.act('activity', 'contractHeard', 0)) as string[]));
      return heard.includes('went on');
    });
    expect(heard).toEqual(['cancelled', 'went on']);
  },
  'a fetch that the callee cannot read is no success': async (subject) => {
    expect(await subject.act('malformedActivity')).toBe(false);
  },
};

export const CASES: Record<string, Record<string, Case>> = {
  ...{ storage, alarms, losses, calls, time },
  ...{ 'interrupted calls': interrupted, fetches },
};
