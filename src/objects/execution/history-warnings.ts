/**
 * Says in the log that a run's history nears its limits, which end the run: at each fifth of what is allowed, 10,240 events and
 * 10 MiB where nothing else is set, as Temporal's server begins to (LIM-4). An object that was loaded anew says it once more.
 */
import type { EngineLimits, Run } from '../../engine/api.ts';
import type { LogSink } from '../object-options.ts';

const STEPS = 5;

export class HistoryWarnings {
  readonly #log: LogSink;
  #runId = '';
  #stepsTold = 0;

  constructor(log: LogSink) {
    this.#log = log;
  }

  /** To be called when events were committed. */
  check(namespace: string, workflowId: string, run: Run | undefined, limits: EngineLimits): void {
    if (run === undefined || run.closeTime !== undefined) return;
    const { runId, workflowType, historyBytes: bytes } = run;
    const { historyEventsMax: eventsMax, historyBytesMax: bytesMax } = limits;
    const events = run.nextEventId - 1;
    const steps = Math.floor(Math.max((events * STEPS) / eventsMax, (bytes * STEPS) / bytesMax));
    if (runId !== this.#runId) this.#stepsTold = 0;
    this.#runId = runId;
    if (steps <= this.#stepsTold) return;
    this.#stepsTold = steps;
    this.#log(
      'WARN',
      'The history of a workflow nears its limit, at which it is terminated: continue as new',
      {
        namespace,
        workflowId,
        runId,
        workflowType,
        events,
        eventsMax,
        bytes,
        bytesMax,
      },
    );
  }
}
