import {
  CompositePayloadConverter,
  JsonPayloadConverter,
  type Payload,
  type PayloadConverterWithEncoding,
  UndefinedPayloadConverter,
} from 'perdure/common';

/** Strings that begin with `!` travel without it, marked. */
class ShoutConverter implements PayloadConverterWithEncoding {
  readonly encodingType = 'json/shout';

  toPayload(value: unknown): Payload | undefined {
    if (typeof value !== 'string' || !value.startsWith('!')) return undefined;
    const text = new TextEncoder();
    return { metadata: { encoding: text.encode(this.encodingType) }, data: text.encode(value.slice(1)) };
  }

  fromPayload<T>({ data }: Payload): T {
    return `!${new TextDecoder().decode(data ?? undefined)}` as T;
  }
}

export const payloadConverter = new CompositePayloadConverter(
  new UndefinedPayloadConverter(),
  new ShoutConverter(),
  new JsonPayloadConverter(),
);
