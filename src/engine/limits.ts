/** The limits of Temporal's server as it ships (group LIM of docs/design/parity.md). */
import type { EngineLimits } from './api.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const DAY_MS = 86_400_000;

export const DEFAULT_LIMITS: EngineLimits = {
  payloadBytesMax: 2 * MIB,
  memoBytesMax: 2 * MIB,
  historyEventsMax: 51_200,
  historyBytesMax: 50 * MIB,
  mutableStateBytesMax: 8 * MIB,
  transactionBytesMax: 4 * MIB,
  suggestContinueAsNewEvents: 4_096,
  suggestContinueAsNewBytes: 4 * MIB,
  pendingActivitiesMax: 2_000,
  pendingChildrenMax: 2_000,
  pendingExternalSignalsMax: 2_000,
  pendingExternalCancelsMax: 2_000,
  pendingNexusOperationsMax: 30,
  signalsMax: 10_000,
  updatesInFlightMax: 10,
  updatesMax: 2_000,
  bufferedEventsMax: 100,
  bufferedBytesMax: 2 * MIB,
  idBytesMax: 1_000,
  minimalStartIntervalMs: 1_000,
  continueAsNewIntervalMs: 1_000,
  retentionMs: 3 * DAY_MS,
};

/** Largest `payloadBytesMax` that can be set: what storage, RPC and the memory of an object have room for. */
export const PAYLOAD_BYTES_CEILING = 8 * MIB;

/** The limits for payloads of up to `payloadBytesMax`: what holds several of them grows along. */
export function limitsForPayloads(payloadBytesMax: number): EngineLimits {
  const { transactionBytesMax, mutableStateBytesMax, bufferedBytesMax } = DEFAULT_LIMITS;
  return {
    ...DEFAULT_LIMITS,
    payloadBytesMax,
    transactionBytesMax: Math.max(transactionBytesMax, 2 * payloadBytesMax),
    mutableStateBytesMax: Math.max(mutableStateBytesMax, 2 * payloadBytesMax),
    bufferedBytesMax: Math.max(bufferedBytesMax, payloadBytesMax),
  };
}

/** The expiry of a run that was deleted: it is erased as soon as nothing of it is to be delivered, and is kept nowhere. */
export const ERASED_AT_ONCE = 0;

/** START-12: longer durations are cut to this (250 years). */
export const DURATION_MAX_MS = 250 * 365 * DAY_MS;

/** UPD-9: all requests in flight together. */
export const UPDATE_BYTES_IN_FLIGHT_MAX = 20 * MIB;
/** CAN-6: part of `updatesMax` from which continue-as-new is suggested. */
export const SUGGEST_UPDATES_SHARE = 0.9;

export const WORKFLOW_TASK_TIMEOUT_DEFAULT_MS = 10_000;
export const WORKFLOW_TASK_TIMEOUT_MAX_MS = 120_000;

/** How long a worker has to answer a request to start or cancel a Nexus operation, before it is made again. */
export const NEXUS_REQUEST_TIMEOUT_MS = 10_000;
/** Between attempts at such a request, doubling each time. */
export const NEXUS_RETRY_INITIAL_MS = 1_000;
export const NEXUS_RETRY_MAX_MS = 3_600_000;
export const NEXUS_HEADER_BYTES_MAX = 8 * KIB;

/** Stored failures of earlier attempts are cut to this (ACT-20). */
export const LAST_FAILURE_BYTES_MAX = 4 * KIB;

export const SEARCH_ATTRIBUTE_KEYS_MAX = 100;
export const SEARCH_ATTRIBUTE_BYTES_MAX = 2 * KIB;
export const SEARCH_ATTRIBUTES_BYTES_MAX = 40 * KIB;

export const USER_METADATA_SUMMARY_BYTES_MAX = 400;
export const USER_METADATA_DETAILS_BYTES_MAX = 20_000;

export const COMPLETION_CALLBACKS_MAX = 32;

/** Rejected updates whose failure stays readable in memory for callers that still wait. */
export const REJECTED_UPDATES_KEPT = 100;
