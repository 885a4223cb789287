import { CompositePayloadConverter, JsonPayloadConverter, type Payload } from 'perdure/common';

export class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
}

const encodingType = 'test/point';

export const payloadConverter = new CompositePayloadConverter(
  {
    encodingType,
    toPayload(value: unknown): Payload | undefined {
      if (!(value instanceof Point)) return undefined;
      const text = new TextEncoder();
      return { metadata: { encoding: text.encode(encodingType) }, data: text.encode(String(value.x)) };
    },
    fromPayload<T>({ data }: Payload): T {
      return new Point(Number(new TextDecoder().decode(data ?? undefined))) as T;
    },
  },
  new JsonPayloadConverter(),
);
