/** Conversion between values and payloads on behalf of one run. */
import type { FailureConverter } from '../sdk/common/converter/failure-converter.ts';
import type { PayloadConverter } from '../sdk/common/converter/payload-converter.ts';
import {
  arrayFromPayloads,
  fromPayloadWithTypeInfo,
  toPayloadsWithContext,
  toPayloadWithTypeInfo,
} from '../sdk/common/converter/payload-lists.ts';
import type { SerializationContext } from '../sdk/common/converter/serialization-context.ts';
import type { TypeInfo } from '../sdk/common/type-info.ts';
import type { Failure, Payload, Payloads } from '../sdk/common/wire/messages.ts';
import type { StackMapper } from './stack-mapping.ts';

export class RunConverters {
  payloadConverter: PayloadConverter;
  failureConverter: FailureConverter;
  readonly context: SerializationContext;
  readonly #stacks: StackMapper;

  constructor(
    payloadConverter: PayloadConverter,
    failureConverter: FailureConverter,
    context: SerializationContext,
    stacks: StackMapper,
  ) {
    this.payloadConverter = payloadConverter;
    this.failureConverter = failureConverter;
    this.context = context;
    this.#stacks = stacks;
  }

  /** Takes the converters of the run's own code, where it has any. */
  use(own: { readonly payloadConverter?: unknown; readonly failureConverter?: unknown } | undefined): void {
    const { payloadConverter, failureConverter } = own ?? {};
    if (hasMethods<PayloadConverter>(payloadConverter, 'toPayload', 'fromPayload')) {
      this.payloadConverter = payloadConverter;
    }
    if (hasMethods<FailureConverter>(failureConverter, 'errorToFailure', 'failureToError')) {
      this.failureConverter = failureConverter;
    }
  }

  /** Of another workflow of the namespace: a child, or one that is signalled. */
  contextOfWorkflow(workflowId: string | null | undefined): SerializationContext {
    return { type: 'workflow', namespace: this.context.namespace, workflowId: workflowId ?? '' };
  }

  contextOfActivity(activityId: string, isLocal: boolean): SerializationContext {
    const { namespace, workflowId } = this.context;
    return { type: 'activity', namespace, activityId, ...(workflowId && { workflowId }), isLocal };
  }

  toPayload(value: unknown, typeInfo?: TypeInfo, context = this.context): Payload {
    return toPayloadWithTypeInfo(this.payloadConverter, value, context, typeInfo);
  }

  /** Undefined for no values: a list without payloads is left out. */
  toPayloads(
    values: readonly unknown[],
    context = this.context,
    typeInfo?: readonly TypeInfo[],
  ): Payloads | undefined {
    const payloads = toPayloadsWithContext(this.payloadConverter, context, values, typeInfo);
    return payloads && { payloads };
  }

  fromPayload(payload: Payload | undefined, context = this.context, typeInfo?: TypeInfo): unknown {
    return payload === undefined
      ? undefined
      : fromPayloadWithTypeInfo(this.payloadConverter, payload, context, typeInfo);
  }

  fromPayloads(
    payloads: Payloads | undefined,
    typeInfo?: readonly TypeInfo[],
    context = this.context,
  ): unknown[] {
    return arrayFromPayloads(this.payloadConverter, payloads?.payloads, context, typeInfo);
  }

  /** The failure of an error of workflow code, with stacks that name the author's lines. */
  errorToFailure(error: unknown, context = this.context): Failure {
    this.#stacks.mapError(error);
    return this.failureConverter.errorToFailure(error, this.payloadConverter, context);
  }

  failureToError(failure: Failure, context = this.context): Error {
    return this.failureConverter.failureToError(failure, this.payloadConverter, context);
  }
}

function hasMethods<T>(value: unknown, ...methods: readonly (string & keyof T)[]): value is T {
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof Reflect.get(value, method) === 'function')
  );
}
