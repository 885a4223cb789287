import { describe, expect, it } from 'vitest';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  defaultFailureConverter as converter,
  cutoffStackTrace,
  DefaultFailureConverter,
  NexusOperationFailure,
  type ProtoFailure,
  defaultPayloadConverter as payloads,
  ServerFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '../../../../src/sdk/common/index.ts';
import { fromJson, toJson } from '../../../../src/sdk/common/wire/json.ts';
import { FailureSchema } from '../../../../src/sdk/common/wire/messages.ts';

const encode = (error: unknown): ProtoFailure => converter.errorToFailure(error, payloads);
const decode = (failure: ProtoFailure): Error => converter.failureToError(failure, payloads);
const listOf = (...values: unknown[]) => ({ payloads: values.map((value) => payloads.toPayload(value)) });

/** The failure as another process sees it: through JSON, stacks left out. */
function wire(error: unknown): unknown {
  const json = JSON.stringify(toJson(FailureSchema, encode(error)), (key, value: unknown) =>
    key === 'stackTrace' ? undefined : value,
  );
  return fromJson(FailureSchema, JSON.parse(json));
}

const source = 'TypeScriptSDK';
const inner = ApplicationFailure.create({ message: 'declined', type: 'Card', nonRetryable: true });
const innerOnWire = {
  message: 'declined',
  source,
  applicationFailureInfo: { type: 'Card', nonRetryable: true },
};

const cases: [string, Error, object][] = [
  [
    'ApplicationFailure',
    ApplicationFailure.create({
      message: 'm',
      type: 'T',
      details: [1, undefined],
      nextRetryDelay: '1.5s',
      category: 'BENIGN',
      cause: new Error('why'),
    }),
    {
      message: 'm',
      source,
      cause: { message: 'why', source },
      applicationFailureInfo: {
        type: 'T',
        details: listOf(1, undefined),
        nextRetryDelay: 1500,
        category: 'BENIGN',
      },
    },
  ],
  ['ApplicationFailure, bare', new ApplicationFailure(), { source, applicationFailureInfo: {} }],
  [
    'CancelledFailure',
    new CancelledFailure('stop', ['x']),
    { message: 'stop', source, canceledFailureInfo: { details: listOf('x') } },
  ],
  [
    'CancelledFailure, bare',
    new CancelledFailure('stop'),
    { message: 'stop', source, canceledFailureInfo: {} },
  ],
  [
    'TimeoutFailure',
    new TimeoutFailure('late', { at: 3 }, 'HEARTBEAT'),
    {
      message: 'late',
      source,
      timeoutFailureInfo: { timeoutType: 'HEARTBEAT', lastHeartbeatDetails: listOf({ at: 3 }) },
    },
  ],
  [
    'TimeoutFailure, bare',
    new TimeoutFailure('late', undefined, 'START_TO_CLOSE'),
    { message: 'late', source, timeoutFailureInfo: { timeoutType: 'START_TO_CLOSE' } },
  ],
  [
    'TerminatedFailure',
    new TerminatedFailure('gone', inner),
    { message: 'gone', source, cause: innerOnWire, terminatedFailureInfo: {} },
  ],
  [
    'ServerFailure',
    new ServerFailure('down', true),
    { message: 'down', source, serverFailureInfo: { nonRetryable: true } },
  ],
  [
    'ActivityFailure',
    new ActivityFailure('failed', 'charge', '7', 'MAXIMUM_ATTEMPTS_REACHED', 'worker-1', inner),
    {
      message: 'failed',
      source,
      cause: innerOnWire,
      activityFailureInfo: {
        activityType: { name: 'charge' },
        activityId: '7',
        retryState: 'MAXIMUM_ATTEMPTS_REACHED',
        identity: 'worker-1',
      },
    },
  ],
  [
    'ChildWorkflowFailure',
    new ChildWorkflowFailure('ns', { workflowId: 'w', runId: 'r' }, 'order', 'TIMEOUT', inner),
    {
      message: 'Child Workflow execution failed',
      source,
      cause: innerOnWire,
      childWorkflowExecutionFailureInfo: {
        namespace: 'ns',
        workflowExecution: { workflowId: 'w', runId: 'r' },
        workflowType: { name: 'order' },
        retryState: 'TIMEOUT',
      },
    },
  ],
  [
    'NexusOperationFailure',
    new NexusOperationFailure('n', 5, 'e', 's', 'o', 'token', inner),
    {
      message: 'n',
      source,
      cause: innerOnWire,
      nexusOperationExecutionFailureInfo: {
        scheduledEventId: 5,
        endpoint: 'e',
        service: 's',
        operation: 'o',
        operationToken: 'token',
      },
    },
  ],
  ['TemporalFailure', new TemporalFailure('plain', inner), { message: 'plain', source, cause: innerOnWire }],
];

/** What users compare of an error. */
function visible(error: Error): object {
  const { failure, cause, ...own } = error as TemporalFailure & Record<string, unknown>;
  return { ...own, name: error.name, message: error.message, cause: cause && visible(cause) };
}

describe('failure classes on the wire (FAIL-5)', () => {
  it.each(cases)('%s', (_name, error, expected) => {
    expect(wire(error)).toEqual(expected);
  });

  it.each([
    ['timeoutType', { timeoutFailureInfo: { timeoutType: 4 } }, 'HEARTBEAT'],
    [
      'retryState',
      { activityFailureInfo: { activityType: { name: 'a' }, retryState: 4 } },
      'MAXIMUM_ATTEMPTS_REACHED',
    ],
    [
      'retryState',
      {
        childWorkflowExecutionFailureInfo: {
          workflowType: { name: 'w' },
          workflowExecution: {},
          retryState: 3,
        },
      },
      'TIMEOUT',
    ],
  ])('%s may be the number of a protobuf object', (member, info, name) => {
    const failure = { message: 'm', cause: { message: 'c' }, ...info } as unknown as ProtoFailure;
    expect(decode(failure)).toHaveProperty(member, name);
  });

  it('a category is read by its name or, of protobuf objects, by its number', () => {
    for (const category of ['BENIGN', 1])
      expect(decode({ applicationFailureInfo: { category } as never })).toHaveProperty('category', 'BENIGN');
    expect(decode({ applicationFailureInfo: {} })).toHaveProperty('category', undefined);
  });

  it('FAIL-4: an error of a Nexus handler that came from elsewhere goes on as it came', () => {
    const failure: ProtoFailure = {
      message: 'no such order',
      source: 'GoSDK',
      stackTrace: 'there',
      nexusHandlerFailureInfo: { type: 'NOT_FOUND', retryBehavior: 'NON_RETRYABLE' },
    };
    const error = decode(failure);
    expect(error).toMatchObject({
      name: 'HandlerError',
      type: 'NOT_FOUND',
      retryable: false,
      stack: 'there',
    });
    expect(encode(error)).toEqual(failure);
    expect(encode(ApplicationFailure.create({ message: 'm', cause: error }))).toHaveProperty(
      'cause',
      failure,
    );
    expect(decode({ nexusHandlerFailureInfo: { type: 'LATER' } })).toMatchObject({
      message: 'Handler error: UNKNOWN',
      rawErrorType: 'LATER',
    });
  });

  it('a Nexus failure that is none of Temporal becomes the details of an application failure', () => {
    const nexusFailure = { message: 'm', metadata: { kind: 'k' }, details: { code: 5 } };
    const converted = new DefaultFailureConverter().nexusFailureToTemporalFailure(nexusFailure, false);
    expect(decode(converted)).toMatchObject({
      message: 'm',
      type: 'NexusFailure',
      nonRetryable: true,
      details: [{ ...nexusFailure, message: '' }],
    });
    const unset = { message: 'm', metadata: { type: 'temporal.api.failure.v1.Failure' } };
    expect(() => new DefaultFailureConverter().nexusFailureToTemporalFailure(unset, true)).toThrow(
      "missing details for Nexus Failure of type 'temporal.api.failure.v1.Failure'",
    );
  });

  it('ACT-7: a text that the record does not have is empty', () => {
    expect(decode({ message: 'x', applicationFailureInfo: {} })).toHaveProperty('type', '');
    expect(decode({ activityFailureInfo: { activityType: { name: 'a' } } })).toMatchObject({
      activityId: '',
      identity: '',
    });
  });

  it.each(cases)('%s comes back as what it was', (_name, error) => {
    const back = decode(encode(error));
    expect(back.constructor).toBe(error.constructor);
    expect(back.stack).toBe(encode(error).stackTrace);
    expect(back).toHaveProperty('failure', encode(error));
    const sent = { ...visible(error) };
    // The delay is for the service and is not read back; absent details come back as none, an absent type as ''.
    if (error instanceof ApplicationFailure) {
      Object.assign(sent, {
        type: error.type ?? '',
        nextRetryDelay: undefined,
        details: error.details ?? [],
        nonRetryable: error.nonRetryable ?? false,
      });
    }
    const { cause: causeBack, ...ownBack } = visible(back) as { cause?: { message: string } };
    const { cause, ...own } = sent as { cause?: { message: string } };
    expect(ownBack).toEqual(own);
    expect(causeBack?.message).toBe(cause?.message);
  });
});

describe('errors that are no failures', () => {
  it('have no info, and are read as plain TemporalFailures', () => {
    const failure = encode(new TypeError('bad', { cause: new Error('why') }));
    expect(Object.keys(failure).toSorted()).toEqual(['cause', 'message', 'source', 'stackTrace']);
    const error = decode(failure);
    expect(error.constructor).toBe(TemporalFailure);
    expect(error).toMatchObject({ message: 'bad', cause: { message: 'why' } });
  });

  const hint =
    ' [A non-Error value was thrown from your code. We recommend throwing Error objects so that we can provide a stack trace]';

  it.each<[unknown, string]>([
    ['text', 'text'],
    [{ a: 1 }, '{"a":1}'],
    [5, '5'],
    [undefined, 'undefined'],
    [null, 'null'],
    [5n, '5'],
    [Symbol('s'), 'Symbol(s)'],
  ])('a thrown %s is described with a hint (FAIL-6)', (thrown, text) => {
    expect(encode(thrown)).toEqual({ source, message: text + hint });
  });

  it('a thrown cycle is described too', () => {
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    expect(encode(cycle).message).toBe(`[object Object]${hint}`);
  });
});

describe('chains of causes', () => {
  it('keep every level (FAIL-8)', () => {
    const activity = new ActivityFailure(
      'Activity task failed',
      'charge',
      '1',
      'NON_RETRYABLE_FAILURE',
      'w',
      inner,
    );
    const child = new ChildWorkflowFailure(
      'ns',
      { workflowId: 'w', runId: 'r' },
      'order',
      'TIMEOUT',
      activity,
    );
    const back = decode(fromJson(FailureSchema, toJson(FailureSchema, encode(child))));
    expect(back).toBeInstanceOf(ChildWorkflowFailure);
    expect(back.cause).toBeInstanceOf(ActivityFailure);
    expect((back.cause as Error).cause).toBeInstanceOf(ApplicationFailure);
    expect((back.cause as Error).cause).toMatchObject({
      message: 'declined',
      type: 'Card',
      nonRetryable: true,
    });
  });

  it('that never end are cut, so that they can be written and read', () => {
    const endless = new Error('again');
    endless.cause = endless;
    const failure = encode(endless);
    expect(decode(fromJson(FailureSchema, toJson(FailureSchema, failure))).message).toBe('again');
    expect(encode(new Error('after')).cause).toBeUndefined();
  });
});

describe('failures from elsewhere', () => {
  it('are encoded again as they came (FAIL-4)', () => {
    const failure: ProtoFailure = {
      message: 'from Go',
      source: 'GoSDK',
      applicationFailureInfo: { type: 'T' },
    };
    expect(encode(decode(failure))).toBe(failure);
  });

  it('resetWorkflowFailureInfo is an ApplicationFailure of type ResetWorkflow (FAIL-9)', () => {
    const error = decode({
      message: 'reset',
      resetWorkflowFailureInfo: { lastHeartbeatDetails: listOf('x') },
    });
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({
      message: 'reset',
      type: 'ResetWorkflow',
      nonRetryable: false,
      details: ['x'],
    });
  });

  it('without a stack have an empty one', () => {
    expect(decode({ message: 'x' }).stack).toBe('');
  });

  it.each<[ProtoFailure, string]>([
    [{ activityFailureInfo: {} }, 'Missing activityType?.name on activityFailureInfo'],
    [
      { childWorkflowExecutionFailureInfo: { workflowType: { name: 'w' } } },
      'Missing attributes on childWorkflowExecutionFailureInfo',
    ],
  ])('%j is refused', (failure, message) => {
    expect(() => decode(failure)).toThrow(new TypeError(message));
  });
});

describe('encodeCommonAttributes (FAIL-10)', () => {
  const hiding = new DefaultFailureConverter({ encodeCommonAttributes: true });

  it('moves message and stack to where codecs see them, at every level', () => {
    const error = ApplicationFailure.create({ message: 'secret', cause: new Error('hidden') });
    const failure = hiding.errorToFailure(error, payloads);
    expect(failure).toMatchObject({ message: 'Encoded failure', stackTrace: '' });
    expect(failure.cause).toMatchObject({ message: 'Encoded failure', stackTrace: '' });
    expect(JSON.stringify(failure)).not.toMatch(/secret|hidden/);
    expect(failure.encodedAttributes && payloads.fromPayload(failure.encodedAttributes)).toEqual({
      message: 'secret',
      stack_trace: error.stack,
    });
  });

  it('every converter reads it', () => {
    const failure = hiding.errorToFailure(ApplicationFailure.create({ message: 'secret' }), payloads);
    const error = decode(failure);
    expect(error.message).toBe('secret');
    expect(error.stack).toContain('secret');
    expect(failure.message).toBe('Encoded failure');
  });

  it('attributes of another form are passed over', () => {
    expect(decode({ message: 'm', encodedAttributes: payloads.toPayload({ message: 5 }) }).message).toBe('m');
    expect(decode({ message: 'm', encodedAttributes: payloads.toPayload('text') }).message).toBe('m');
  });
});

describe('cutoffStackTrace', () => {
  it('keeps the frames of the author', () => {
    const stack = [
      'Error: x',
      '    at charge (activities.ts:3:9)',
      '    at interceptorNext (index.js:10:1)',
      '    at async traced (interceptors.ts:4:2)',
      '    at async Host.executeActivityNextHandler (index.js:20:1)',
      '    at run (index.js:30:1)',
    ].join('\n');
    expect(cutoffStackTrace(stack)).toBe(
      'Error: x\n    at charge (activities.ts:3:9)\n    at async traced (interceptors.ts:4:2)',
    );
    expect(cutoffStackTrace(undefined)).toBe('');
  });

  it.each([
    'Activity.execute (/app/node_modules/@temporalio/worker/lib/activity.js:1:2)',
    'async NexusHandler.invokeUserCode (C:\\app\\worker\\src\\nexus\\index.ts:1:2)',
    'Activator.startWorkflowNextHandler (webpack-internal:///./node_modules/@temporalio/workflow/lib/internals.js:1:2)',
    'Script.runInContext (node:vm:144:12)',
  ])('ends at what runs code in the packages of Temporal: %s', (entry) => {
    const own = ['Error: x', '    at charge (activities.ts:3:9)'];
    const between = [
      '    at null.next (/app/node_modules/@temporalio/common/lib/interceptors.js:5:6)',
      '    at Activity.executeNextHandler (/app/node_modules/@temporalio/worker/lib/activity.js:3:4)',
    ];
    const stack = [...own, ...between, `    at ${entry}`, '    at run (index.js:30:1)'].join('\n');
    expect(cutoffStackTrace(stack)).toBe(own.join('\n'));
  });

  it("frames of like names in other files are the author's", () => {
    const stack = 'Error\n    at Order.execute (order.ts:1:2)\n    at next (common/list.ts:1:1)';
    expect(cutoffStackTrace(stack)).toBe(stack);
  });
});
