import Long from 'long';
import { describe, expect, it } from 'vitest';
import {
  compilePriority,
  compileRetryPolicy,
  decodePriority,
  decompileRetryPolicy,
  type RetryPolicy,
  ValueError,
} from '../../../src/sdk/common/index.ts';
import { compileRetryPolicy as compileRetryPolicyForWire } from '../../../src/sdk/common/retry-policy.ts';

describe('retry policies', () => {
  const compiled = {
    initialInterval: { seconds: Long.fromNumber(2), nanos: 0 },
    maximumInterval: { seconds: Long.fromNumber(60), nanos: 500_000_000 },
    backoffCoefficient: 3,
    maximumAttempts: 4,
    nonRetryableErrorTypes: ['Fatal'],
  };
  const unset = {
    maximumInterval: undefined,
    backoffCoefficient: undefined,
    maximumAttempts: undefined,
    nonRetryableErrorTypes: undefined,
  };
  const oneSecond = { seconds: Long.fromNumber(1), nanos: 0 };

  it('always carry an initial interval', () => {
    expect(compileRetryPolicy({})).toEqual({ ...unset, initialInterval: oneSecond });
  });

  it('are protobuf objects, and back again policies as users write them', () => {
    const policy: RetryPolicy = {
      initialInterval: '2s',
      maximumInterval: '60.5 seconds',
      backoffCoefficient: 3,
      maximumAttempts: 4,
      nonRetryableErrorTypes: ['Fatal'],
    };
    expect(compileRetryPolicy(policy)).toEqual(compiled);
    expect(decompileRetryPolicy(compiled)).toStrictEqual({
      ...policy,
      initialInterval: 2000,
      maximumInterval: 60_500,
    });
    expect(decompileRetryPolicy({ initialInterval: null })).toStrictEqual({
      ...unset,
      initialInterval: undefined,
    });
    expect(decompileRetryPolicy(undefined)).toBeUndefined();
  });

  it('have the members that Temporal gives them, set or not', () => {
    expect(Object.keys(compileRetryPolicy({})).sort()).toEqual(Object.keys(compiled).sort());
    expect(Object.keys(compileRetryPolicyForWire({}))).toEqual(['initialInterval']);
  });

  it('take Infinity for no limit', () => {
    expect(compileRetryPolicy({ maximumAttempts: Number.POSITIVE_INFINITY })).toEqual({
      ...unset,
      initialInterval: oneSecond,
    });
  });

  it.each<[RetryPolicy, string]>([
    [{ backoffCoefficient: 0 }, 'RetryPolicy.backoffCoefficient must be greater than 0'],
    [{ backoffCoefficient: -1 }, 'RetryPolicy.backoffCoefficient must be greater than 0'],
    [{ maximumAttempts: 0 }, 'RetryPolicy.maximumAttempts must be a positive integer'],
    [{ maximumAttempts: -1 }, 'RetryPolicy.maximumAttempts must be a positive integer'],
    [{ maximumAttempts: 1.5 }, 'RetryPolicy.maximumAttempts must be an integer'],
    [{ maximumInterval: 0 }, 'RetryPolicy.maximumInterval cannot be 0'],
    [{ initialInterval: 0 }, 'RetryPolicy.initialInterval cannot be 0'],
    [
      { initialInterval: '2s', maximumInterval: '1s' },
      'RetryPolicy.maximumInterval cannot be less than its initialInterval',
    ],
  ])('%j is refused: %s (RETRY-1)', (policy, message) => {
    expect(() => compileRetryPolicy(policy)).toThrow(new ValueError(message));
  });
});

describe('priorities', () => {
  it('are sent whole, zero for unset', () => {
    expect(compilePriority({ priorityKey: 2 })).toEqual({
      priorityKey: 2,
      fairnessKey: '',
      fairnessWeight: 0,
    });
    expect(decodePriority({ priorityKey: 2 })).toEqual({ priorityKey: 2 });
    expect(decodePriority(undefined)).toEqual({});
  });

  it('have integer keys', () => {
    expect(() => compilePriority({ priorityKey: 1.5 })).toThrow(
      new TypeError('priorityKey must be an integer'),
    );
    expect(() => compilePriority({ priorityKey: -1 })).toThrow(
      new RangeError('priorityKey must be a positive integer'),
    );
  });
});
