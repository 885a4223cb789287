/**
 * What a host of workflow code runs on payloads, as one codec: codecs and external storage together.
 *
 * W1 Workflow code gets what is kept elsewhere up to EACH_BYTES_MAX; a larger payload stays a reference, and reaches it as a
 *    `RawValue` that it can pass on. So the memory of a task is bounded, and what code sees depends on the payload alone.
 * W2 Codecs see no references, as everywhere.
 */
import { decode, encode, exceptReferences } from '../common/converter/codec-helpers.ts';
import type { LoadedDataConverter } from '../common/converter/data-converter.ts';
import {
  type PayloadReference,
  retrievePayloads,
  storePayloads,
} from '../common/converter/external-payloads.ts';
import type { StorageDriverTargetInfo } from '../common/converter/extstore.ts';
import type { PayloadCodec } from '../common/converter/payload-codec.ts';
import { ValueError } from '../common/errors.ts';

/** W1 */
const EACH_BYTES_MAX = 8 * 1024 * 1024;
const TASK_BYTES_MAX = 64 * 1024 * 1024;

/** The codec of the payloads of one task; undefined where there is nothing to do. */
export type WorkflowPayloadCodec = (owner: StorageDriverTargetInfo) => PayloadCodec;

export function workflowPayloadCodec({
  payloadCodecs,
  externalStorage,
}: LoadedDataConverter): WorkflowPayloadCodec | undefined {
  if (payloadCodecs.length === 0 && externalStorage === undefined) return undefined;
  return (owner) => {
    const follows = withinTask();
    return {
      async encode(payloads, context) {
        const encoded = await exceptReferences(payloads, (others) => encode(payloadCodecs, others, context));
        return externalStorage ? await storePayloads(externalStorage, encoded, owner) : encoded;
      },
      async decode(payloads, context) {
        const retrieved = externalStorage
          ? await retrievePayloads(externalStorage, payloads, { target: owner, follows })
          : payloads;
        return await exceptReferences(retrieved, (others) => decode(payloadCodecs, others, context));
      },
    };
  };
}

/** Throws when one task asks for more than its memory has room for: what is left out would be seen as something else. */
function withinTask(): (reference: PayloadReference) => boolean {
  let total = 0;
  return ({ sizeBytes }) => {
    if (sizeBytes > EACH_BYTES_MAX) return false;
    total += sizeBytes;
    if (total <= TASK_BYTES_MAX) return true;
    throw new ValueError(
      `The payloads of one workflow task that are kept elsewhere exceed ${TASK_BYTES_MAX} bytes together: continue as new ` +
        'earlier, or pass on references',
    );
  };
}
