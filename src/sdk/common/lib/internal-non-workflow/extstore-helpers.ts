/** References to payloads that are kept elsewhere, under the names that Temporal's package has for them. */

import { type PayloadReference, toReference } from '../../converter/external-payloads.ts';
import type { StorageDriverClaim } from '../../converter/extstore.ts';
import type { Payload } from '../../interfaces.ts';

export {
  isReference as isReferencePayload,
  type PayloadReference as DecodedReferencePayload,
  readReference as decodeReferencePayload,
} from '../../converter/external-payloads.ts';

export function encodeReferencePayload({
  driverName,
  claim,
  sizeBytes,
}: Pick<PayloadReference, 'driverName' | 'sizeBytes'> & { claim: StorageDriverClaim }): Payload {
  return toReference({ driverName, claimData: claim.claimData, sizeBytes });
}
