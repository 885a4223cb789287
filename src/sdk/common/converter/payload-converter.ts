/** Between values and payloads: bytes, and how to read them. Synchronous and deterministic: it runs in workflow code. */
import { decode } from '../encoding.ts';
import { PayloadConverterError, ValueError } from '../errors.ts';
import type { Payload } from '../interfaces.ts';
import type { ConverterHint } from '../type-info.ts';
import {
  BinaryPayloadConverter,
  JsonPayloadConverter,
  UndefinedPayloadConverter,
} from './encoding-converters.ts';
import type { SerializationContext } from './serialization-context.ts';
import { METADATA_ENCODING_KEY } from './types.ts';

export {
  BinaryPayloadConverter,
  JsonPayloadConverter,
  UndefinedPayloadConverter,
} from './encoding-converters.ts';

/** Converts values to payloads and back. Both throw `ValueError` for what they cannot convert. */
export interface PayloadConverter {
  toPayload<T>(value: T, context?: SerializationContext, hint?: ConverterHint<T>): Payload;
  fromPayload<T>(payload: Payload, context?: SerializationContext, hint?: ConverterHint<T>): T;
  /** @experimental */
  validateConverterHint?: (hint: ConverterHint) => boolean;
}

/** A converter for one encoding. `toPayload` gives undefined for values that it leaves to others. */
export interface PayloadConverterWithEncoding {
  readonly encodingType: string;
  toPayload<T>(value: T, context?: SerializationContext, hint?: ConverterHint<T>): Payload | undefined;
  fromPayload<T>(payload: Payload, context?: SerializationContext, hint?: ConverterHint<T>): T;
  /** @experimental */
  validateConverterHint?: (hint: ConverterHint) => boolean;
}

/** Type brand of `RawValue`. */
export declare const rawPayloadTypeBrand: unique symbol;

/**
 * A payload in the place of a value: it passes converters unchanged, codecs still apply. As an argument type it gives a
 * handler the payload itself.
 */
export class RawValue<T = unknown> {
  private readonly _payload: Payload;
  /** Type carrier; never set. */
  declare readonly [rawPayloadTypeBrand]: T;

  constructor(
    value: T,
    payloadConverter: PayloadConverter = defaultPayloadConverter,
    context?: SerializationContext,
  ) {
    this._payload = payloadConverter.toPayload(value, context);
  }

  static fromPayload(payload: Payload): RawValue {
    return new RawValue<unknown>(payload, identityConverter);
  }

  get payload(): Payload {
    return this._payload;
  }
}

/** Takes payloads for values. */
const identityConverter: PayloadConverter = {
  toPayload: (value) => value as Payload,
  fromPayload: <T>(payload: Payload) => payload as T,
};

/** A value in an error message. Symbols and objects without a string form must not hide the error behind one of their own. */
function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Tries converters in order to write, and selects the one for the payload's `encoding` to read. */
export class CompositePayloadConverter implements PayloadConverter {
  readonly converters: PayloadConverterWithEncoding[];
  readonly converterByEncoding: Map<string, PayloadConverterWithEncoding> = new Map();

  constructor(...converters: PayloadConverterWithEncoding[]) {
    if (converters.length === 0) {
      throw new PayloadConverterError('Must provide at least one PayloadConverterWithEncoding');
    }
    this.converters = converters;
    for (const converter of converters) this.converterByEncoding.set(converter.encodingType, converter);
  }

  toPayload<T>(value: T, context?: SerializationContext, hint?: ConverterHint<T>): Payload {
    if (value instanceof RawValue) return value.payload;
    for (const converter of this.converters) {
      if (hint !== undefined && !converter.validateConverterHint?.(hint)) continue;
      const payload = converter.toPayload(value, context, hint);
      if (payload !== undefined) return payload;
    }
    if (hint !== undefined) {
      throw new ValueError(`No payload converter supports converter hint '${hint.converter}'`);
    }
    throw new ValueError(`Unable to convert ${describe(value)} to payload`);
  }

  fromPayload<T>(payload: Payload, context?: SerializationContext, hint?: ConverterHint<T>): T {
    if (payload.metadata === undefined || payload.metadata === null)
      throw new ValueError('Missing payload metadata');
    const bytes = payload.metadata[METADATA_ENCODING_KEY];
    const encoding = bytes ? decode(bytes) : '';
    const converter = this.converterByEncoding.get(encoding);
    if (converter === undefined) throw new ValueError(`Unknown encoding: ${encoding}`);
    if (hint !== undefined && !converter.validateConverterHint?.(hint)) {
      throw new PayloadConverterError(
        `Payload encoding '${encoding}' does not support converter hint '${hint.converter}'`,
      );
    }
    return converter.fromPayload(payload, context, hint);
  }
}

/** undefined, then bytes, then JSON. */
export class DefaultPayloadConverter extends CompositePayloadConverter {
  constructor() {
    super(new UndefinedPayloadConverter(), new BinaryPayloadConverter(), new JsonPayloadConverter());
  }
}

/** The converter that is used when none is configured: `Uint8Array`, and what `JSON.stringify` can write. */
export const defaultPayloadConverter: DefaultPayloadConverter = new DefaultPayloadConverter();
