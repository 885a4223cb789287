/** A class of its own on the wire, and failures with a word in front, through converters named at build time. */
import {
  CompositePayloadConverter,
  DefaultFailureConverter,
  JsonPayloadConverter,
  type Payload,
  type PayloadConverterWithEncoding,
  UndefinedPayloadConverter,
} from 'perdure/common';

export class Point {
  readonly x: number;
  readonly y: number;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}

export const isPoint = (value: unknown): value is Point => value instanceof Point;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

class PointConverter implements PayloadConverterWithEncoding {
  readonly encodingType = 'text/point';

  toPayload(value: unknown): Payload | undefined {
    if (!isPoint(value)) return undefined;
    return {
      metadata: { encoding: encoder.encode(this.encodingType) },
      data: encoder.encode(`${value.x};${value.y}`),
    };
  }

  fromPayload<T>({ data }: Payload): T {
    const [x, y] = decoder
      .decode(data ?? undefined)
      .split(';')
      .map(Number);
    return new Point(x ?? 0, y ?? 0) as T;
  }
}

export const payloadConverter = new CompositePayloadConverter(
  new UndefinedPayloadConverter(),
  new PointConverter(),
  new JsonPayloadConverter(),
);

class ShoutingFailureConverter extends DefaultFailureConverter {
  override errorToFailure(...args: Parameters<DefaultFailureConverter['errorToFailure']>) {
    const failure = super.errorToFailure(...args);
    return { ...failure, message: failure.message?.toUpperCase() ?? '' };
  }
}

export const failureConverter = new ShoutingFailureConverter();
