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
});
