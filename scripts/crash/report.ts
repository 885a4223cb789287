/** The table at the end, and every complaint. */
import type { Disruption } from './disruptions.ts';
import type { Verdict } from './verdict.ts';

export interface Kill {
  kind: Disruption;
  at: number;
  /** When the runtime answered again. */
  backAt: number;
  /** By wrangler, without a start of ours. */
  healedItself: boolean;
}

export interface Evidence {
  verdicts: Verdict[];
  kills: Kill[];
  seed: number;
  repeats: number;
}

/** How many of the runs were open at the kill that found fewest. */
export function fewestInFlight({ verdicts, kills }: Evidence): number {
  const open = kills.map(
    ({ at }) => verdicts.filter(({ run, closedAt }) => run.acknowledgedAt <= at && !(closedAt < at)).length,
  );
  return Math.min(...open, verdicts.length);
}

export function print(evidence: Evidence): void {
  const { verdicts, kills, seed, repeats } = evidence;
  const groups = Map.groupBy(verdicts, ({ run }) => `${run.plan.workflowType} ${run.plan.kind}`);
  const rows = [...groups].sort().map(([group, members]) => ({
    sample: group,
    runs: members.length,
    completed: members.filter(({ status }) => status === 'COMPLETED').length,
    failed: members.filter(({ status }) => status === 'FAILED').length,
    signals: members.reduce(
      (sum, { run }) => sum + run.signals.filter((signal) => signal.isAcknowledged).length,
      0,
    ),
    'task failures': members.reduce((sum, { failedTasks }) => sum + failedTasks.length, 0),
    wrong: members.filter(({ complaints }) => complaints.length > 0).length,
  }));
  console.table(rows);
  console.table(
    kills.map(({ kind, at, backAt, healedItself }) => ({
      killed: kind,
      'back after ms': backAt - at,
      healedItself,
    })),
  );
  const slowest = Math.max(
    0,
    ...verdicts.map(({ closedAt }) => closedAt - (kills.at(-1)?.backAt ?? closedAt)),
  );
  console.log(
    `seed ${seed}: ${verdicts.length} runs, ${kills.length} kills, at least ${fewestInFlight(evidence)} runs in flight at each; ` +
      `${repeats} requests repeated; the last run closed ${slowest} ms after the last start`,
  );
  for (const [cause, found] of Map.groupBy(
    verdicts.flatMap((v) => v.failedTasks),
    (cause) => cause,
  )) {
    console.log(`workflow tasks not completed: ${found.length} × ${cause}`);
  }
  for (const { run, complaints } of verdicts) {
    for (const complaint of complaints) {
      console.error(`${run.plan.workflowId} (${run.plan.workflowType} ${run.plan.kind}): ${complaint}`);
    }
  }
}
