/** Payload converters, one's own among them. */
import {
  BinaryPayloadConverter,
  CompositePayloadConverter,
  DefaultPayloadConverter,
  defaultPayloadConverter,
  type EncodingType,
  encodingTypes,
  fromPayloadsAtIndex,
  JsonPayloadConverter,
  METADATA_ENCODING_KEY,
  type Payload,
  type PayloadConverter,
  PayloadConverterError,
  type PayloadConverterWithEncoding,
  RawValue,
  toPayloads,
  UndefinedPayloadConverter,
  ValueError,
} from '@temporalio/common';
import type { Equal, Expect } from './expect';

class BigIntConverter implements PayloadConverterWithEncoding {
  public encodingType = 'json/bigint' as EncodingType;

  public toPayload(value: unknown): Payload | undefined {
    if (typeof value !== 'bigint') return undefined;
    return {
      metadata: { [METADATA_ENCODING_KEY]: new TextEncoder().encode(this.encodingType) },
      data: new TextEncoder().encode(value.toString()),
    };
  }

  public fromPayload<T>(payload: Payload): T {
    if (payload.data == null) throw new ValueError('Got payload with no data');
    return BigInt(new TextDecoder().decode(payload.data)) as unknown as T;
  }
}

class Composite extends CompositePayloadConverter {
  constructor() {
    super(
      new UndefinedPayloadConverter(),
      new BinaryPayloadConverter(),
      new BigIntConverter(),
      new JsonPayloadConverter(),
    );
  }
}
export const payloadConverter = new Composite();
export const asInterface: PayloadConverter = payloadConverter;
export const standard: CompositePayloadConverter = new DefaultPayloadConverter();

export function program(): void {
  const payload = defaultPayloadConverter.toPayload({ a: 1 });
  type _Payload = Expect<Equal<typeof payload.data, Uint8Array | null | undefined>>;
  const value = defaultPayloadConverter.fromPayload<{ a: number }>(payload);
  type _Value = Expect<Equal<typeof value, { a: number }>>;
  const list = toPayloads(defaultPayloadConverter, 1, 'two');
  type _Some = Expect<Equal<NonNullable<typeof list>['length'], number>>;
  const second = fromPayloadsAtIndex<string>(defaultPayloadConverter, 1, list);
  type _Second = Expect<Equal<typeof second, string>>;
  const raw = new RawValue({ a: 1 });
  type _Raw = Expect<Equal<typeof raw, RawValue<{ a: number }>>>;
  const carried: Payload = raw.payload;
  const again: RawValue = RawValue.fromPayload(carried);
  void again;
  const json: string = encodingTypes.METADATA_ENCODING_JSON;
  throw new PayloadConverterError(json);
}

// @ts-expect-error TS2420: both directions are needed
export class Half implements PayloadConverter {
  toPayload(): Payload {
    return {};
  }
}
// @ts-expect-error TS2345: a composite takes converters with an encoding
export const bad = new CompositePayloadConverter(new Object());
