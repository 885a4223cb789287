import { describe, expect, it } from 'vitest';
import * as common from '../../../src/sdk/common/index.ts';
import {
  ActivityCancellationDetails,
  extractWorkflowType,
  extractWorkflowTypeAndConfig,
  isActivityFunctionWithOptions,
  isWorkflowFunctionWithOptions,
  type Logger,
  LoggerWithComposedMetadata,
  type MetricMeter,
  MetricMeterWithComposedTags,
  type MetricTags,
  noopMetricMeter,
  ValueError,
  type Workflow,
} from '../../../src/sdk/common/index.ts';
import {
  composeInterceptors,
  enumName,
  mergeObjects,
  throwIfReservedName,
} from '../../../src/sdk/common/internal.ts';
import {
  VersioningIntent,
  versioningIntentToProto,
} from '../../../src/sdk/common/lib/versioning-intent-enum.ts';
import * as wire from '../../../src/sdk/common/wire/messages.ts';

describe('workflow types', () => {
  it('are names, or names of functions', () => {
    expect(extractWorkflowType('order')).toBe('order');
    expect(extractWorkflowType(async function order() {})).toBe('order');
  });

  it.each<[unknown, string]>([
    [(() => async () => {})(), 'Invalid workflow type: the workflow function is anonymous'],
    [5, "Invalid workflow type: expected either a string or a function, got 'number'"],
    [undefined, "Invalid workflow type: expected either a string or a function, got 'undefined'"],
  ])('cannot be %s', (value, message) => {
    expect(() => extractWorkflowType(value as Workflow)).toThrow(new TypeError(message));
  });

  it('bring the type information of their definition', () => {
    const typeInfo = { inputTypes: [] };
    const order = Object.assign(async function order() {}, { staticOptions: { typeInfo } });
    expect(extractWorkflowTypeAndConfig(order)).toEqual({ type: 'order', typeInfo });
    expect(extractWorkflowTypeAndConfig('order', typeInfo)).toEqual({ type: 'order', typeInfo });
    expect(() => extractWorkflowTypeAndConfig(order, typeInfo)).toThrow(
      /^Workflow type information cannot be supplied/,
    );
    expect(isWorkflowFunctionWithOptions(order)).toBe(false);
    expect(
      isWorkflowFunctionWithOptions(Object.assign(async () => {}, { workflowDefinitionOptions: {} })),
    ).toBe(true);
    expect(
      isActivityFunctionWithOptions(Object.assign(async () => {}, { activityDefinitionOptions: {} })),
    ).toBe(true);
    expect(isActivityFunctionWithOptions(async () => {})).toBe(false);
  });
});

describe('enums', () => {
  it('encode short names, prefixed names and numbers', () => {
    expect(common.encodeRetryState('TIMEOUT')).toBe(3);
    expect(common.encodeRetryState('RETRY_STATE_TIMEOUT')).toBe(3);
    expect(common.encodeRetryState(3)).toBe(3);
    expect(common.encodeRetryState(undefined)).toBeUndefined();
    expect(() => common.encodeRetryState('NEVER' as 'TIMEOUT')).toThrow(
      new ValueError("Invalid enum value: 'NEVER'"),
    );
    expect(() => common.encodeRetryState('toString' as 'TIMEOUT')).toThrow(ValueError);
    expect(() => common.encodeRetryState({} as 'TIMEOUT')).toThrow(/^Invalid enum value: .* of type object$/);
  });

  it('decode to short names, unspecified to undefined, the unknown by number', () => {
    expect(common.decodeTimeoutType(4)).toBe('HEARTBEAT');
    expect(common.decodeTimeoutType(0)).toBeUndefined();
    expect(common.decodeTimeoutType(null)).toBeUndefined();
    expect(common.decodeTimeoutType(99)).toBe('unknown_99');
    expect(() => common.decodeTimeoutType('x' as never)).toThrow(/^Invalid proto enum value/);
  });

  it('have their deprecated names', () => {
    expect(common.WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE).toBe('REJECT_DUPLICATE');
    expect(common.TimeoutType.TIMEOUT_TYPE_UNSPECIFIED).toBeUndefined();
  });

  it('become what messages hold, whichever form they come in', () => {
    for (const form of ['HEARTBEAT', 'TIMEOUT_TYPE_HEARTBEAT', 4])
      expect(enumName(wire.TimeoutType, form)).toBe('HEARTBEAT');
    for (const form of ['UNSPECIFIED', 0, null, undefined])
      expect(enumName(wire.TimeoutType, form)).toBeUndefined();
    expect(() => enumName(wire.TimeoutType, 'LATER')).toThrow(ValueError);
  });
});

describe('interceptor chains', () => {
  interface Interceptor {
    readonly name?: string;
    call?(input: string, next: (input: string) => string): string;
  }

  it('run from the first to the last, then the end', () => {
    const wrap = (name: string): Interceptor => ({ name, call: (input, next) => `${name}(${next(input)})` });
    const call = composeInterceptors<Interceptor, 'call'>(
      [wrap('a'), {}, wrap('b')],
      'call',
      (input) => input,
    );
    expect(call('x')).toBe('a(b(x))');
    expect(composeInterceptors<Interceptor, 'call'>([], 'call', (input) => input)('x')).toBe('x');
  });

  it('keep `this`', () => {
    class Named implements Interceptor {
      readonly name = 'me';
      call(input: string, next: (input: string) => string): string {
        return `${this.name}:${next(input)}`;
      }
    }
    expect(composeInterceptors<Interceptor, 'call'>([new Named()], 'call', (input) => input)('x')).toBe(
      'me:x',
    );
  });
});

describe('reserved names (TQ-1)', () => {
  it.each([
    ['query', '__stack_trace', 'which is a reserved name'],
    ['signal', '__enhanced_stack_trace', 'which is a reserved name'],
    ['task queue', '__temporal_x', "with reserved prefix: '__temporal_'"],
    ['query', '__temporal_workflow_stream_publish', 'with reserved prefix'],
  ] as const)('a %s cannot be called %s', (type, name, message) => {
    expect(() => throwIfReservedName(type, name)).toThrow(TypeError);
    expect(() => throwIfReservedName(type, name)).toThrow(`Cannot use ${type} name: '${name}', ${message}`);
  });

  it('those of add-on packages and all others can be used', () => {
    expect(() => throwIfReservedName('signal', '__temporal_workflow_stream_publish')).not.toThrow();
    expect(() => throwIfReservedName('query', 'getStatus')).not.toThrow();
  });
});

describe('loggers with fields', () => {
  it('merge fields, the later over the earlier, functions asked at each entry', () => {
    const entries: unknown[] = [];
    const note = (...entry: unknown[]) => entries.push(entry);
    const base: Logger = { log: note, trace: note, debug: note, info: note, warn: note, error: note };
    let attempt = 1;
    const outer = LoggerWithComposedMetadata.compose(base, { a: 1, b: 1 });
    const logger = LoggerWithComposedMetadata.compose(outer, () => ({
      b: 2,
      attempt: attempt++,
      none: undefined,
    }));
    logger.info('one', { c: 3 });
    logger.log('WARN', 'two');
    expect(entries).toEqual([
      ['one', { a: 1, b: 2, attempt: 1, c: 3 }],
      ['WARN', 'two', { a: 1, b: 2, attempt: 2 }],
    ]);
    expect(entries[1]).not.toHaveProperty('2.none');
    expect(LoggerWithComposedMetadata.compose(base, {})).toBe(base);
  });

  it('keep symbols', () => {
    const seen: object[] = [];
    const key = Symbol('key');
    const base = { info: (_message: string, meta: object) => seen.push(meta) } as unknown as Logger;
    LoggerWithComposedMetadata.compose(base, { [key]: 5 }).info('x');
    expect(Reflect.get(seen[0] ?? {}, key)).toBe(5);
  });
});

describe('meters with tags', () => {
  it('add tags to every value', () => {
    const added: [number, MetricTags | undefined][] = [];
    const counter = {
      ...noopMetricMeter.createCounter('c'),
      add: (by: number, tags?: MetricTags) => added.push([by, tags]),
    };
    const base = Object.assign(Object.create(noopMetricMeter), {
      createCounter: () => counter,
    }) as MetricMeter;
    const meter = MetricMeterWithComposedTags.compose(base, { a: 1 }).withTags({ b: 2 });
    meter.createCounter('c').withTags({ c: 3 }).add(5, { a: 9 });
    meter.createGauge('g').set(1);
    meter.createHistogram('h').record(1);
    meter.createUpDownCounter?.('u').add(-1);
    expect(added).toEqual([[5, { a: 9, b: 2, c: 3 }]]);
    expect(MetricMeterWithComposedTags.compose(base, {})).toBe(base);
  });

  it('leave out tags that are null or undefined', () => {
    const added: unknown[] = [];
    const counter = {
      ...noopMetricMeter.createCounter('c'),
      add: (_: number, tags?: MetricTags) => added.push(tags),
    };
    const base = Object.assign(Object.create(noopMetricMeter), {
      createCounter: () => counter,
    }) as MetricMeter;
    const meter = MetricMeterWithComposedTags.compose(base, { a: 1, b: 2 });
    const unset = { a: null, c: undefined } as unknown as MetricTags;
    const tagged = meter.withTags(unset).createCounter('c');
    tagged.add(1, { b: undefined, d: 4 } as unknown as MetricTags);
    expect(added.map((tags) => Object.entries(tags as object))).toEqual([[['d', 4]]]);
  });

  it('have up-down counters only where the meter below has them', () => {
    const base = { ...noopMetricMeter, withTags: () => base } as unknown as MetricMeter;
    const meter = MetricMeterWithComposedTags.compose(base, { a: 1 });
    expect(() => meter.createUpDownCounter?.('u')).toThrow(
      new Error('createUpDownCounter is not supported by the underlying meter'),
    );
  });
});

describe('objects', () => {
  it('merge without a change is the same object, null and undefined delete', () => {
    const original: Record<string, unknown> = { a: 1, b: 2 };
    expect(mergeObjects(original, { a: 1 })).toBe(original);
    expect(mergeObjects(original, undefined)).toBe(original);
    expect(mergeObjects(original, { a: null, c: 3 })).toEqual({ b: 2, c: 3 });
  });
});

describe('versioning intents', () => {
  it('have numbers, and those have names; what is none is refused', () => {
    expect(versioningIntentToProto('COMPATIBLE')).toBe(VersioningIntent.COMPATIBLE);
    expect(versioningIntentToProto(undefined)).toBe(0);
    expect(VersioningIntent[2]).toBe('DEFAULT');
    expect(() => versioningIntentToProto('LATER' as never)).toThrow(
      new TypeError('Unexpected VersioningIntent: LATER'),
    );
  });
});

describe('other shapes', () => {
  it('cancellation details are false unless said otherwise', () => {
    const none = {
      notFound: false,
      cancelRequested: false,
      paused: false,
      timedOut: false,
      workerShutdown: false,
      reset: false,
    };
    expect(new ActivityCancellationDetails()).toEqual(none);
    expect(ActivityCancellationDetails.fromProto({ isPaused: true })).toEqual({ ...none, paused: true });
    expect(ActivityCancellationDetails.fromProto(null)).toEqual(none);
  });

  it('deployment versions', () => {
    expect(common.toCanonicalString({ deploymentName: 'd', buildId: 'b' })).toBe('d.b');
    expect(common.convertDeploymentVersion({ buildId: 'b' })).toEqual({ deploymentName: '', buildId: 'b' });
    expect(common.convertDeploymentVersion({ buildId: '' })).toBeUndefined();
  });

  it('texts as bytes', () => {
    expect(common.str(common.u8('grüß'))).toBe('grüß');
    expect(common.errorMessage('x')).toBe('x');
    expect(common.errorCode(Object.assign(new Error('x'), { code: 'E' }))).toBe('E');
    expect(common.errorCode({ code: 5 })).toBeUndefined();
  });
});
