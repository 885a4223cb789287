import type { Payload } from '../interfaces.ts';
import type { SerializationContext } from './serialization-context.ts';

/**
 * Transforms payloads after conversion and before they leave: encryption, compression. Asynchronous, therefore never run
 * inside workflow code. Applied to inputs, results, details, memo, headers and failures, not to search attributes.
 */
export interface PayloadCodec {
  /** Encode a list of payloads. A codec may return fewer or more; `decode` must give the original ones. */
  encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]>;
  decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]>;
}
