/** The host's own classes, by the names that Temporal's stand-ins have. */
export { decode, encode } from '../encoding.ts';

const { TextDecoder: Decoder, TextEncoder: Encoder } = globalThis as unknown as {
  TextDecoder: typeof TextDecoder;
  TextEncoder: typeof TextEncoder;
};

export { Decoder as TextDecoder, Encoder as TextEncoder };
