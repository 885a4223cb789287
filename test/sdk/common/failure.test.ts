import { describe, expect, it } from 'vitest';
import * as common from '../../../src/sdk/common/index.ts';
import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  createPayloadValidationError,
  ensureApplicationFailure,
  ensureTemporalFailure,
  IllegalStateError,
  PayloadConverterError,
  rootCause,
  TemporalFailure,
  TimeoutFailure,
  ValueError,
} from '../../../src/sdk/common/index.ts';
import { SymbolBasedInstanceOfError } from '../../../src/sdk/common/type-helpers.ts';

type ErrorClass = { readonly prototype: Error; readonly name: string };

const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === 'function' && value.prototype instanceof Error;

const errorClasses = Object.entries(common).flatMap(([name, value]) =>
  isErrorClass(value) ? [[name, value] as const] : [],
);

describe('error classes', () => {
  it('are all there', () => {
    expect(errorClasses.map(([name]) => name).toSorted()).toEqual([
      'ActivityFailure',
      'ApplicationFailure',
      'CancelledFailure',
      'ChildWorkflowFailure',
      'CompleteAsyncError',
      'ExternalStorageNotConfiguredError',
      'IllegalStateError',
      'NamespaceNotFoundError',
      'NexusOperationFailure',
      'PayloadConverterError',
      'ServerFailure',
      'TemporalFailure',
      'TerminatedFailure',
      'TimeoutFailure',
      'ValueError',
      'WorkflowExecutionAlreadyStartedError',
      'WorkflowNotFoundError',
    ]);
  });

  it.each(errorClasses)('%s carries its name and its brand on the prototype', (name, clazz) => {
    expect(Object.getOwnPropertyDescriptor(clazz.prototype, 'name')).toMatchObject({
      value: name,
      enumerable: true,
    });
    expect(Reflect.get(clazz.prototype, Symbol.for(`__temporal_is${name}`))).toBe(true);
  });

  it('know instances of another copy of the library by the brand', () => {
    class Copy extends Error {
      static {
        SymbolBasedInstanceOfError('ValueError')(Copy);
      }
    }
    expect(new Copy()).toBeInstanceOf(ValueError);
    expect(new PayloadConverterError('x')).toBeInstanceOf(Copy);
    expect(new Error('x')).not.toBeInstanceOf(ValueError);
    expect(new IllegalStateError('x')).not.toBeInstanceOf(ValueError);
    expect(null).not.toBeInstanceOf(ValueError);
  });

  it('do not take an instance of a parent for one of an unbranded subclass', () => {
    class Special extends ApplicationFailure {}
    expect(new ApplicationFailure('x')).not.toBeInstanceOf(Special);
    expect(new Special('x')).toBeInstanceOf(Special);
    expect(new Special('x')).toBeInstanceOf(ApplicationFailure);
    expect(Special.create({ message: 'x' })).toBeInstanceOf(Special);
    expect(Special.retryable('x')).toBeInstanceOf(Special);
  });

  it('keep message, cause and string form', () => {
    const cause = new Error('why');
    const failure = new CancelledFailure('stop', [1], cause);
    expect(String(failure)).toBe('CancelledFailure: stop');
    expect(failure).toMatchObject({ message: 'stop', details: [1], cause });
    expect(new CancelledFailure('stop').details).toEqual([]);
    expect(new TemporalFailure(null).message).toBe('');
    expect(new ValueError('x', cause).cause).toBe(cause);
    expect(new common.NamespaceNotFoundError('ns').message).toBe("Namespace not found: 'ns'");
    expect(new ChildWorkflowFailure('ns', {}, 'w', 'TIMEOUT').message).toBe(
      'Child Workflow execution failed',
    );
    expect(new TimeoutFailure('t', { at: 1 }, 'HEARTBEAT')).toMatchObject({
      lastHeartbeatDetails: { at: 1 },
    });
    expect(new common.ExternalStorageNotConfiguredError().message).toMatch(/^\[TMPRL1105\] /);
  });
});

describe('ApplicationFailure', () => {
  it('create is retryable unless told otherwise', () => {
    const cause = new Error('why');
    const failure = ApplicationFailure.create({
      message: 'm',
      type: 'T',
      details: [1],
      nextRetryDelay: '2s',
      cause,
      category: 'BENIGN',
    });
    expect(failure).toMatchObject({
      message: 'm',
      type: 'T',
      nonRetryable: false,
      details: [1],
      nextRetryDelay: '2s',
      cause,
      category: 'BENIGN',
    });
  });

  it('retryable and nonRetryable are of type Error by default', () => {
    expect(ApplicationFailure.retryable('m', null, 1, 2)).toMatchObject({
      type: 'Error',
      nonRetryable: false,
      details: [1, 2],
    });
    expect(ApplicationFailure.nonRetryable('m', 'T')).toMatchObject({
      type: 'T',
      nonRetryable: true,
      details: [],
    });
  });

  it('fromError keeps message, class, stack and cause, and takes overrides', () => {
    const cause = new Error('why');
    const error = new RangeError('far', { cause });
    const failure = ApplicationFailure.fromError(error, { nonRetryable: true, details: ['x'] });
    expect(failure).toMatchObject({
      message: 'far',
      type: 'RangeError',
      nonRetryable: true,
      details: ['x'],
      cause,
    });
    expect(failure.stack).toBe(error.stack);
  });

  it('createPayloadValidationError is never retried', () => {
    expect(createPayloadValidationError({ field: 'a' })).toMatchObject({
      message: 'Payload validation failed',
      type: 'PayloadValidationError',
      nonRetryable: true,
      details: [{ field: 'a' }],
    });
    expect(createPayloadValidationError(null).details).toEqual([]);
  });
});

describe('making failures of what was thrown (ACT-8, FAIL-6)', () => {
  it('failures pass', () => {
    const application = ApplicationFailure.create({});
    const cancelled = new CancelledFailure('c');
    expect(ensureApplicationFailure(application)).toBe(application);
    expect(ensureTemporalFailure(cancelled)).toBe(cancelled);
    expect(ensureApplicationFailure(cancelled)).toMatchObject({ message: 'c', type: 'CancelledFailure' });
  });

  class QuotaError extends Error {}

  it.each<[unknown, { message: string; type: string | undefined }]>([
    [new TypeError('bad'), { message: 'bad', type: 'TypeError' }],
    [new QuotaError('over'), { message: 'over', type: 'QuotaError' }],
    ['text', { message: 'text', type: undefined }],
    [5, { message: '5', type: undefined }],
    [undefined, { message: 'undefined', type: undefined }],
    [null, { message: 'null', type: undefined }],
    [
      { message: 'm', name: 'N' },
      { message: 'm', type: 'Object' },
    ],
    [Object.assign(Object.create(null), { message: 'm', name: 'N' }), { message: 'm', type: 'N' }],
  ])('%s', (thrown, expected) => {
    expect(ensureApplicationFailure(thrown)).toMatchObject({ ...expected, nonRetryable: false });
    expect(ensureTemporalFailure(thrown)).toBeInstanceOf(ApplicationFailure);
  });

  it('a cause that is no error is dropped', () => {
    expect(ensureApplicationFailure(new Error('x', { cause: 'text' })).cause).toBeUndefined();
  });
});

describe('rootCause', () => {
  it('is the message at the end of the chain', () => {
    const inner = ApplicationFailure.nonRetryable('declined');
    const activity = new ActivityFailure('failed', 'charge', '1', 'NON_RETRYABLE_FAILURE', undefined, inner);
    expect(rootCause(new ChildWorkflowFailure('ns', {}, 'w', 'TIMEOUT', activity))).toBe('declined');
    expect(rootCause(new Error('plain', { cause: inner }))).toBe('plain');
    expect(rootCause('text')).toBe('text');
    expect(rootCause(5)).toBeUndefined();
  });
});
