/** Payload type information and serialization contexts. */
import type {
  ActivitySerializationContext,
  ConverterHint,
  Payload,
  PayloadConverter,
  PayloadTypeInfo,
  SerializationContext,
  TypeInfo,
  WorkflowSerializationContext,
} from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Equal, Expect, Extends } from './expect';

export class Aware implements PayloadConverter {
  toPayload<T>(value: T, context?: SerializationContext, hint?: ConverterHint<T>): Payload {
    void hint;
    return { data: new TextEncoder().encode(JSON.stringify([value, context?.namespace])) };
  }
  fromPayload<T>(payload: Payload, context?: SerializationContext): T {
    if (context?.type === 'workflow') void context.workflowId;
    return JSON.parse(new TextDecoder().decode(payload.data ?? new Uint8Array()));
  }
}
type _Workflow = Expect<Extends<WorkflowSerializationContext, SerializationContext>>;
type _Activity = Expect<Extends<ActivitySerializationContext, SerializationContext>>;
type _Kind = Expect<Equal<SerializationContext['type'], 'workflow' | 'activity'>>;
declare const dates: TypeInfo<Date>;
export const information: PayloadTypeInfo = { inputTypes: [dates], outputType: dates };
export const definitions = [defineSignal('a'), defineQuery('b'), defineUpdate('c')];
