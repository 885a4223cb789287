/** External storage of payloads. */
import {
  ExternalStorage,
  type Payload,
  type StorageDriver,
  type StorageDriverClaim,
} from '@temporalio/common';

class Memory implements StorageDriver {
  readonly name = 'memory';
  readonly type = 'memory';
  readonly #kept = new Map<string, Payload>();

  async store(_context: unknown, payloads: Payload[]): Promise<StorageDriverClaim[]> {
    return payloads.map((payload) => {
      const key = String(this.#kept.size);
      this.#kept.set(key, payload);
      return { claimData: { key } } as StorageDriverClaim;
    });
  }
  async retrieve(_context: unknown, claims: StorageDriverClaim[]): Promise<Payload[]> {
    return claims.map(() => ({}));
  }
}
export const storage = new ExternalStorage({ drivers: [new Memory()] });
// @ts-expect-error TS2554: drivers are required
export const none = new ExternalStorage();
