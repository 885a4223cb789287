import { describe, expect, test } from 'vitest';
import { FlagRecorder } from '../../src/executor/flags.ts';

describe('flags of a history', () => {
  test('NDE-6 a task records what is new, with the name and version of the SDK', () => {
    const flags = new FlagRecorder();
    flags.use('jobsInOneBatch');
    expect(flags.metadata()).toEqual({
      coreUsedFlags: [1, 2, 3],
      langUsedFlags: [2],
      sdkName: 'temporal-typescript',
      sdkVersion: '1.24.0',
    });
    flags.addRecorded(flags.metadata());
    expect(flags.metadata()).toEqual({});
  });

  test('NDE-6 all flags of the SDK are known, and one that is not is an error', () => {
    const flags = new FlagRecorder();
    flags.addRecorded({ coreUsedFlags: [1, 2, 3], langUsedFlags: [1, 2, 3, 4, 5, 6] });
    expect(() => flags.addRecorded({ langUsedFlags: [7] })).toThrow('Unknown SDK flag: 7');
    expect(() => flags.addRecorded({ coreUsedFlags: [4] })).toThrow('Unknown SDK flag: 4');
  });

  test('NDE-6 how calls are traced follows from the release that made a history, where it is not recorded', () => {
    const holds = (sdkVersion: string) => {
      const flags = new FlagRecorder();
      flags.addRecorded({ sdkName: 'temporal-typescript', sdkVersion });
      const names = [
        'tracesInboundSignals',
        'tracesLocalActivities',
        'tracesWithoutYields',
        'tracesAllCalls',
      ] as const;
      return names.map((name) => flags.holdsUnrecorded(name, undefined));
    };
    expect(holds('1.11.4')).toEqual([false, false, false, false]);
    expect(holds('1.11.5')).toEqual([true, false, false, false]);
    expect(holds('1.12.0')).toEqual([true, true, false, false]);
    expect(holds('1.13.2')).toEqual([true, true, true, false]);
    expect(holds('2.0.0-rc.1')).toEqual([true, true, true, false]);
    expect(holds('unknown')).toEqual([false, false, false, false]);
  });
});
