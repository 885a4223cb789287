/** What a namespace may say of its own workflows: bounds at or below those of the server, and two that hold for all of them together. */
import type { EngineLimits } from '../../engine/api.ts';
import { DEFAULT_LIMITS, PAYLOAD_BYTES_CEILING } from '../../engine/limits.ts';

/** Whole numbers. What is not set is as the server has it. */
export interface NamespaceLimits {
  payloadBytes?: number;
  memoBytes?: number;
  historyEvents?: number;
  historyBytes?: number;
  pendingActivities?: number;
  pendingChildren?: number;
  pendingExternalSignals?: number;
  pendingExternalCancels?: number;
  /** Of one run. */
  signals?: number;
  updatesInFlight?: number;
  updates?: number;
  /** Of all workflows together, children and those of schedules too. */
  startsPerSecond?: number;
  /** Open at a time, as the index knows them. */
  openWorkflows?: number;
}

interface Bound {
  least: number;
  most: number;
  /** The limit of the engine that it lowers. */
  engine?: keyof EngineLimits;
}

const lowers = (engine: keyof EngineLimits, least = 1, most = DEFAULT_LIMITS[engine]): Bound => ({
  least,
  most,
  engine,
});

const BOUNDS: Readonly<Record<keyof NamespaceLimits, Bound>> = {
  payloadBytes: lowers('payloadBytesMax', 1024, PAYLOAD_BYTES_CEILING),
  memoBytes: lowers('memoBytesMax', 1024),
  historyEvents: lowers('historyEventsMax', 100),
  historyBytes: lowers('historyBytesMax', 65_536),
  pendingActivities: lowers('pendingActivitiesMax'),
  pendingChildren: lowers('pendingChildrenMax'),
  pendingExternalSignals: lowers('pendingExternalSignalsMax'),
  pendingExternalCancels: lowers('pendingExternalCancelsMax'),
  signals: lowers('signalsMax'),
  updatesInFlight: lowers('updatesInFlightMax'),
  updates: lowers('updatesMax'),
  startsPerSecond: { least: 1, most: 10_000 },
  openWorkflows: { least: 1, most: 1_000_000_000 },
};

const NAMES = Object.keys(BOUNDS) as (keyof NamespaceLimits)[];

/** Names the first that is out of its bounds. 0 says that none is set. */
export function limitsProblem(limits: NamespaceLimits): string | undefined {
  for (const name of NAMES) {
    const value = limits[name];
    const { least, most } = BOUNDS[name];
    if (value === undefined || value === 0) continue;
    if (!Number.isSafeInteger(value) || value < least || value > most)
      return `limits.${name}: expected ${least} to ${most}, or 0 for none, got ${value}`;
  }
  return undefined;
}

/** What is given takes the place of what was there, as a whole; undefined for none. */
export function newLimits(
  before: NamespaceLimits | undefined,
  given: NamespaceLimits | undefined,
): NamespaceLimits | undefined {
  if (given === undefined) return before;
  const set = NAMES.filter((name) => given[name]);
  return set.length === 0 ? undefined : Object.fromEntries(set.map((name) => [name, given[name]]));
}

/** The server's limits, lowered. */
export function limitsWithin(server: EngineLimits, limits: NamespaceLimits | undefined): EngineLimits {
  if (limits === undefined) return server;
  const lowered = { ...server };
  for (const name of NAMES) {
    const { engine } = BOUNDS[name];
    const value = limits[name];
    if (engine !== undefined && value !== undefined) lowered[engine] = Math.min(server[engine], value);
  }
  return lowered;
}
