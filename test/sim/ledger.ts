/** What was seen from outside: who was told what, and which attempts began. The oracles hold it against what is stored. */
import type { ActivityTask, UpdateReply } from '../../src/engine/api.ts';

export interface AttemptBegun {
  task: ActivityTask;
  at: number;
}

/** Names an attempt. */
export function attemptOf(at: { runId: string; scheduledEventId: number; stamp: number }): string {
  return `${at.runId} ${at.scheduledEventId} ${at.stamp}`;
}

export class Ledger {
  /** Signals that were acknowledged, and those that were sent at all. */
  readonly signalsAcknowledged = new Set<number>();
  readonly signalsSent = new Set<number>();
  readonly updatesAcknowledged = new Map<number, UpdateReply>();
  readonly updatesSent = new Set<number>();
  /** Attempts in the order in which they began to run. */
  readonly begun: AttemptBegun[] = [];
  /** Activities completed by token: run and scheduled event. */
  readonly completionsAcknowledged = new Set<string>();
  /** Ends of attempts that were reported by token and acknowledged: run, scheduled event, stamp. */
  readonly reportsAcknowledged = new Set<string>();
  /** Those of them that were results. */
  readonly resultsAcknowledged = new Set<string>();
  startedRunId: string | undefined;
  queriesAnswered = 0;
  /** Events that a reader was shown while the run went on, by run. */
  readonly shown = new Map<string, Map<number, string>>();
  /** How many updates were told that they are refused. */
  refusals = 0;
}
