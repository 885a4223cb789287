/** Payloads kept elsewhere, with a claim in their place: interfaces and configuration. What stores is `external-payloads.ts`. */
import { ValueError } from '../errors.ts';
import type { Payload } from '../interfaces.ts';

/** @experimental */
export class StorageDriverClaim {
  readonly claimData: Record<string, string>;

  constructor(claimData: Record<string, string>) {
    this.claimData = claimData;
  }
}

/** @experimental */
export interface StorageDriverWorkflowInfo {
  readonly kind: 'workflow';
  readonly namespace: string;
  readonly id?: string;
  readonly runId?: string;
  readonly type?: string;
}

/** @experimental */
export interface StorageDriverActivityInfo {
  readonly kind: 'activity';
  readonly namespace: string;
  readonly id?: string;
  readonly runId?: string;
  readonly type?: string;
}

/** @experimental */
export type StorageDriverTargetInfo = StorageDriverWorkflowInfo | StorageDriverActivityInfo;

/** @experimental */
export interface StorageDriverStoreContext {
  abortSignal?: AbortSignal;
  /** Whose payloads they are. */
  target?: StorageDriverTargetInfo;
}

/** @experimental */
export interface StorageDriverSelectContext {
  abortSignal?: AbortSignal;
  /** Whose payload it is. */
  target?: StorageDriverTargetInfo;
}

/** @experimental */
export interface StorageDriverRetrieveContext {
  abortSignal?: AbortSignal;
  /** On whose behalf they are asked for, where that is known. */
  target?: StorageDriverTargetInfo;
}

/** @experimental */
export interface StorageDriver {
  readonly name: string;
  readonly type: string;
  /** One claim for each payload, in order. */
  store(context: StorageDriverStoreContext, payloads: Payload[]): Promise<StorageDriverClaim[]>;
  /** One payload for each claim, in order. */
  retrieve(context: StorageDriverRetrieveContext, claims: StorageDriverClaim[]): Promise<Payload[]>;
}

/**
 * Chooses the driver for a payload; null keeps it where it is.
 *
 * @experimental
 */
export type StorageDriverSelector = (
  context: StorageDriverSelectContext,
  payload: Payload,
) => StorageDriver | null;

const THRESHOLD_BYTES_DEFAULT = 256 * 1024;

function byName(drivers: readonly StorageDriver[]): Map<string, StorageDriver> {
  const names = new Map<string, StorageDriver>();
  for (const driver of drivers) {
    if (typeof driver?.name !== 'string' || driver.name.length === 0) {
      throw new ValueError("Storage driver 'name' must be a non-empty string");
    }
    if (names.has(driver.name)) throw new ValueError(`Duplicate storage driver name: '${driver.name}'`);
    names.set(driver.name, driver);
  }
  return names;
}

/**
 * Keeps large payloads elsewhere: part of a `DataConverter`, the same on clients, workers and the runtime. What reaches the
 * threshold is given to a driver after all codecs have run, and a small reference takes its place in history; whoever reads it
 * gets the payload back. Headers and search attributes stay where they are.
 *
 * Throws `ValueError` without a driver, for two drivers of one name, or for several without a selector.
 *
 * @experimental
 */
export class ExternalStorage {
  readonly drivers: StorageDriver[];
  readonly driverSelector: StorageDriverSelector;
  /** Payloads below this many bytes stay where they are. */
  readonly payloadSizeThreshold: number;
  readonly #driversByName: ReadonlyMap<string, StorageDriver>;

  constructor({
    drivers,
    driverSelector,
    payloadSizeThreshold = THRESHOLD_BYTES_DEFAULT,
  }: {
    drivers: StorageDriver[];
    driverSelector?: StorageDriverSelector;
    /** 0 considers every payload. Default 256 KiB. */
    payloadSizeThreshold?: number;
  }) {
    const [first] = Array.isArray(drivers) ? drivers : [];
    if (first === undefined) throw new ValueError('ExternalStorage requires at least one driver');
    if (!Number.isFinite(payloadSizeThreshold) || payloadSizeThreshold < 0) {
      throw new ValueError(
        `ExternalStorage.payloadSizeThreshold must be a non-negative finite number, got ${String(payloadSizeThreshold)}`,
      );
    }
    this.#driversByName = byName(drivers);
    if (driverSelector === undefined && drivers.length > 1) {
      throw new ValueError(
        'ExternalStorage.driverSelector is required when more than one driver is registered',
      );
    }
    this.drivers = [...drivers];
    this.driverSelector = driverSelector ?? (() => first);
    this.payloadSizeThreshold = payloadSizeThreshold;
  }

  getDriver(name: string): StorageDriver | null {
    return this.#driversByName.get(name) ?? null;
  }
}
