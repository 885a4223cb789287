/** The converters for one encoding each, of which the default converter is made. */
import { decode, encode } from '../encoding.ts';
import { ValueError } from '../errors.ts';
import type { Payload } from '../interfaces.ts';
import type { PayloadConverterWithEncoding } from './payload-converter.ts';
import { encodingKeys, encodingTypes, METADATA_ENCODING_KEY } from './types.ts';

/** `undefined`, as `binary/null` without data. */
export class UndefinedPayloadConverter implements PayloadConverterWithEncoding {
  encodingType = encodingTypes.METADATA_ENCODING_NULL;

  toPayload(value: unknown): Payload | undefined {
    if (value !== undefined) return undefined;
    return { metadata: { [METADATA_ENCODING_KEY]: encodingKeys.METADATA_ENCODING_NULL } };
  }

  fromPayload<T>(_content: Payload): T {
    // The caller chose `T`; what is there is nothing.
    return undefined as T;
  }
}

/** `Uint8Array`, as `binary/plain`. */
export class BinaryPayloadConverter implements PayloadConverterWithEncoding {
  encodingType = encodingTypes.METADATA_ENCODING_RAW;

  toPayload(value: unknown): Payload | undefined {
    if (!(value instanceof Uint8Array)) return undefined;
    return { metadata: { [METADATA_ENCODING_KEY]: encodingKeys.METADATA_ENCODING_RAW }, data: value };
  }

  fromPayload<T>(content: Payload): T {
    const { data } = content;
    // A plain Uint8Array of this realm, whatever view came in, so that `instanceof` holds.
    return (data ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data) as T;
  }
}

function stringify(value: unknown): string | undefined {
  try {
    // Undefined for functions and symbols, although its type does not say so.
    return JSON.stringify(value) as string | undefined;
  } catch {
    // A cycle or a BigInt: left to other converters.
    return undefined;
  }
}

/** Anything that `JSON.stringify` can write, as `json/plain`. */
export class JsonPayloadConverter implements PayloadConverterWithEncoding {
  encodingType = encodingTypes.METADATA_ENCODING_JSON;

  toPayload(value: unknown): Payload | undefined {
    const json = value === undefined ? undefined : stringify(value);
    if (json === undefined) return undefined;
    return { metadata: { [METADATA_ENCODING_KEY]: encodingKeys.METADATA_ENCODING_JSON }, data: encode(json) };
  }

  fromPayload<T>(content: Payload): T {
    if (content.data === undefined || content.data === null) throw new ValueError('Got payload with no data');
    return JSON.parse(decode(content.data));
  }
}
