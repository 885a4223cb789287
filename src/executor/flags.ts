/**
 * Switches of behaviour that a task records in its history when it first relies on them (NDE-6). Append only. The numbers are
 * those of Temporal's TypeScript SDK, whose replayer reads our histories by them.
 */
import type { SdkMetadata } from '../sdk/common/wire/messages.ts';

export const LANG_FLAGS = {
  /** Cancelling a non-cancellable scope stops there; `withTimeout` drops its timer when the function ends first. */
  nonCancellableScopesAreShielded: 1,
  /** Signals and all other jobs of an activation are applied in one go. */
  jobsInOneBatch: 2,
  /** 3 to 6 are of the OpenTelemetry interceptors: which calls they stand in, and that they do so without a yield. */
  tracesInboundSignals: 3,
  tracesLocalActivities: 4,
  tracesWithoutYields: 5,
  tracesAllCalls: 6,
} as const;

export type LangFlag = keyof typeof LANG_FLAGS;

export const CORE_FLAG = {
  /** IDs and types of activities and children are compared on replay. */
  comparesIdsAndTypes: 1,
  patchesUpsertSearchAttribute: 2,
  /** The closing command goes last; before that, what code commanded after it was dropped. */
  closingCommandLast: 3,
} as const;

const CORE_FLAGS: readonly number[] = Object.values(CORE_FLAG);
/** Releases of Temporal's SDK that had these flags and did not record them. */
const BUILDS_WITHOUT_RECORD = /^@temporalio\/worker@1\.11\.[01][+]/;
const LANG_FLAGS_KNOWN: readonly number[] = Object.values(LANG_FLAGS);
/** Releases of Temporal's SDK from which on a flag holds, recorded or not. */
const HOLDS_SINCE: Partial<Record<LangFlag, Version>> = {
  tracesInboundSignals: [1, 11, 5],
  tracesLocalActivities: [1, 11, 6],
  tracesWithoutYields: [1, 13, 2],
};
/** The SDK whose behaviour and flag numbers these histories follow. */
const SDK_NAME = 'temporal-typescript';
const SDK_VERSION = '1.24.0';

/** The flags of one run: which are recorded in its history, and which the current task uses beyond them. */
export class FlagRecorder {
  readonly #recorded = { core: new Set<number>(), lang: new Set<number>(), name: '', version: '' };
  readonly #used = new Set<number>();

  use(flag: LangFlag): void {
    this.#used.add(LANG_FLAGS[flag]);
  }

  isRecorded(flag: LangFlag): boolean {
    return this.#recorded.lang.has(LANG_FLAGS[flag]);
  }

  /** Whether what history was made by relied on a flag that it does not record. `buildId`: of the worker that completed the task. */
  holdsUnrecorded(flag: LangFlag, buildId: string | undefined): boolean {
    const since = HOLDS_SINCE[flag];
    if (since) return isAtLeast(this.#recorded.version, since);
    return LANG_FLAGS[flag] <= 2 && buildId !== undefined && BUILDS_WITHOUT_RECORD.test(buildId);
  }

  isCoreRecorded(flag: keyof typeof CORE_FLAG): boolean {
    return this.#recorded.core.has(CORE_FLAG[flag]);
  }

  /** Takes note of what a completed task recorded. Throws for a flag that a newer release made: its code cannot be replayed. */
  addRecorded(metadata: SdkMetadata | undefined): void {
    for (const flag of metadata?.coreUsedFlags ?? []) this.#recorded.core.add(known(flag, CORE_FLAGS));
    for (const flag of metadata?.langUsedFlags ?? []) this.#recorded.lang.add(known(flag, LANG_FLAGS_KNOWN));
    this.#recorded.name = metadata?.sdkName || this.#recorded.name;
    this.#recorded.version = metadata?.sdkVersion || this.#recorded.version;
  }

  /** What this task adds to the record; empty when it adds nothing. */
  metadata(): SdkMetadata {
    const coreUsedFlags = CORE_FLAGS.filter((flag) => !this.#recorded.core.has(flag));
    const langUsedFlags = [...this.#used]
      .filter((flag) => !this.#recorded.lang.has(flag))
      .sort((a, b) => a - b);
    return {
      ...(coreUsedFlags.length > 0 && { coreUsedFlags }),
      ...(langUsedFlags.length > 0 && { langUsedFlags }),
      ...(this.#recorded.name !== SDK_NAME && { sdkName: SDK_NAME }),
      ...(this.#recorded.version !== SDK_VERSION && { sdkVersion: SDK_VERSION }),
    };
  }
}

type Version = readonly [major: number, minor: number, patch: number];

function isAtLeast(version: string, least: Version): boolean {
  const [, ...parts] = /(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  if (parts.length === 0) return false;
  const at = parts.findIndex((part, index) => Number(part) !== least[index]);
  return at < 0 || Number(parts[at]) > (least[at] ?? 0);
}

function known(flag: number, flags: readonly number[]): number {
  if (flags.includes(flag)) return flag;
  throw new TypeError(
    `Unknown SDK flag: ${flag}; this release knows ${flags.join(', ')}. Was the run's code newer?`,
  );
}
