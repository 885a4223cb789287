import { retrievePayloads, storePayloads } from '../../converter/external-payloads.ts';
import type { ExternalStorage, StorageDriverTargetInfo } from '../../converter/extstore.ts';
import type { Payload } from '../../interfaces.ts';

export interface ExternalStoreOptions {
  /** Whose payloads they are. */
  target?: StorageDriverTargetInfo;
  abortSignal?: AbortSignal;
}

export interface ExternalRetrieveOptions {
  abortSignal?: AbortSignal;
}

/** Stores lists of payloads and retrieves them, as an `ExternalStorage` says. */
export class ExternalStorageRunner {
  readonly #externalStorage: ExternalStorage;

  constructor(externalStorage: ExternalStorage) {
    this.#externalStorage = externalStorage;
  }

  /** The payloads in order, with references in the place of those that went to a driver. */
  async store(payloads: Payload[], { target, abortSignal }: ExternalStoreOptions = {}): Promise<Payload[]> {
    return await storePayloads(this.#externalStorage, payloads, target, abortSignal);
  }

  /** The payloads in order, with what references stand for in their place. */
  async retrieve(payloads: Payload[], { abortSignal }: ExternalRetrieveOptions = {}): Promise<Payload[]> {
    return await retrievePayloads(this.#externalStorage, payloads, { target: undefined, abortSignal });
  }
}
