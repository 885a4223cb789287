import { describe, expect, it } from 'vitest';
import {
  compilePriority,
  compileRetryPolicy,
  decodePriority,
  decompileRetryPolicy,
  type RetryPolicy,
  ValueError,
} from '../../../src/sdk/common/index.ts';

describe('retry policies', () => {
  it('always carry an initial interval', () => {
    expect(compileRetryPolicy({})).toEqual({ initialInterval: 1000 });
  });

  it('are sent in milliseconds, and only what is set', () => {
    const policy: RetryPolicy = {
      initialInterval: '2s',
      maximumInterval: '1 minute',
      backoffCoefficient: 3,
      maximumAttempts: 4,
      nonRetryableErrorTypes: ['Fatal'],
    };
    const compiled = {
      initialInterval: 2000,
      maximumInterval: 60_000,
      backoffCoefficient: 3,
      maximumAttempts: 4,
      nonRetryableErrorTypes: ['Fatal'],
    };
    expect(compileRetryPolicy(policy)).toStrictEqual(compiled);
    expect(decompileRetryPolicy(compiled)).toEqual(compiled);
    expect(decompileRetryPolicy(undefined)).toBeUndefined();
  });

  it('take Infinity for no limit', () => {
    expect(compileRetryPolicy({ maximumAttempts: Number.POSITIVE_INFINITY })).toStrictEqual({
      initialInterval: 1000,
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
