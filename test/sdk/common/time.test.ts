import Long from 'long';
import { describe, expect, it } from 'vitest';
import {
  type Duration,
  msNumberToTs,
  msOptionalToNumber,
  msOptionalToTs,
  msToNumber,
  msToTs,
  optionalTsToDate,
  optionalTsToMs,
  tsToDate,
  tsToMs,
  ValueError,
} from '../../../src/sdk/common/index.ts';
import { durationToMs, optionalDurationToMs } from '../../../src/sdk/common/time.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('durations', () => {
  it.each<[Duration, number]>([
    [250, 250],
    ['250', 250],
    ['250ms', 250],
    ['250 Milliseconds', 250],
    ['1 msec', 1],
    ['10s', 10 * second],
    ['1 second', second],
    ['2 secs', 2 * second],
    ['5 minutes', 5 * minute],
    ['5 MINS', 5 * minute],
    ['1m', minute],
    ['1.5h', 1.5 * hour],
    ['2 hrs', 2 * hour],
    ['3 days', 3 * day],
    ['3D', 3 * day],
    ['2 weeks', 14 * day],
    ['1y', 365.25 * day],
    ['1 yr', 365.25 * day],
    ['-1h', -hour],
    ['.5s', 500],
    ['0', 0],
  ])('%j is %d ms', (duration, ms) => {
    expect(msToNumber(duration)).toBe(ms);
  });

  it.each(['abc', '1 fortnight', '1e3', '1.s', '--1s', '10 s ', ' 10s', '10s 5ms', 'Infinity'])(
    '%j is none: a TypeError',
    (text) => {
      expect(() => msToNumber(text as Duration)).toThrow(new TypeError(`Invalid duration string: '${text}'`));
    },
  );

  it.each([
    ['', 'Value is not a string or number.. value=""'],
    [null, 'Value is not a string or number.. value=null'],
    [undefined, 'Value is not a string or number.. value=undefined'],
    [{ seconds: 5 }, 'Value is not a string or number.. value={"seconds":5}'],
    ['1'.repeat(101), `Value exceeds the maximum length of 100 characters.. value="${'1'.repeat(101)}"`],
  ])('%j is not read at all: an Error', (value, message) => {
    const read = () => msToNumber(value as Duration);
    expect(read).toThrow(new Error(message));
    expect(read).not.toThrow(TypeError);
  });

  it('undefined stays undefined', () => {
    expect(msOptionalToNumber(undefined)).toBeUndefined();
    expect(optionalDurationToMs(null)).toBeUndefined();
    expect(optionalDurationToMs('1s')).toBe(1000);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d cannot be sent', (ms) => {
    expect(() => durationToMs(ms)).toThrow(new ValueError(`Invalid millis ${ms}`));
  });
});

describe('protobuf timestamps', () => {
  it('come from milliseconds and go back', () => {
    const ts = msNumberToTs(1_767_607_200_012);
    expect(ts.seconds?.toNumber()).toBe(1_767_607_200);
    expect(ts.nanos).toBe(12_000_000);
    expect(tsToMs(ts)).toBe(1_767_607_200_012);
    expect(tsToDate(ts)).toEqual(new Date(1_767_607_200_012));
  });

  it('hold 64 bits in two halves', () => {
    const { seconds } = msToTs(2 ** 33 * 1000 + 5000);
    expect([seconds?.low, seconds?.high]).toEqual([5, 2]);
    expect([msToTs(-1000).seconds?.low, msToTs(-1000).seconds?.high]).toEqual([-1, -1]);
  });

  it('are to `long` its own', () => {
    const { seconds } = msToTs('1.5s');
    expect(seconds).toEqual(Long.fromNumber(1));
    expect(Long.isLong(seconds)).toBe(true);
    expect(
      Long.fromValue(seconds as never)
        .mul(3)
        .toNumber(),
    ).toBe(3);
    expect(msToTs(-1000).seconds?.toNumber()).toBe(-1);
    expect(String(msToTs(2 ** 33 * 1000 + 5000).seconds)).toBe(String(2 ** 33 + 5));
  });

  it('are optional where the name says so', () => {
    expect(msOptionalToTs(undefined)).toBeUndefined();
    expect(optionalTsToMs(null)).toBeUndefined();
    expect(optionalTsToDate(undefined)).toBeUndefined();
    expect(optionalTsToDate({})).toEqual(new Date(0));
    expect(() => tsToMs(undefined)).toThrow('Expected timestamp, got undefined');
  });
});
