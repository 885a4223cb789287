/**
 * What breaks if an answer, a callback, a cancel, a termination, a timeout, a loss of memory or another start comes in any order? A
 * run of one Nexus operation closes once, with its operation and as its operation; nothing waits afterwards; each turn folds to
 * what was live (the host of these tests compares the two).
 */
import { expect, test } from 'vitest';
import type { NexusAnswer, NexusClose, NexusTask } from '../../src/engine/api.ts';
import { engine } from '../../src/engine/engine.ts';
import { nexusExecutionId } from '../../src/sdk/common/standalone-nexus.ts';
import { Random } from '../conformance/simulation/random.ts';
import { Host } from './support/host.ts';

const STATUS: Readonly<Record<string, string>> = {
  NexusOperationCompleted: 'COMPLETED',
  NexusOperationFailed: 'FAILED',
  NexusOperationCanceled: 'CANCELED',
  NexusOperationTimedOut: 'TIMED_OUT',
  WorkflowExecutionTerminated: 'TERMINATED',
};

class Scenario {
  readonly host = new Host({ workflowId: nexusExecutionId('a') });
  readonly #random: Random;
  readonly #tasks: NexusTask[] = [];
  #requests = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#start();
  }

  step(): void {
    const { host } = this;
    const steps = [
      () => this.#take(),
      () => this.#take(),
      () => this.#answer(),
      () => this.#answer(),
      () => this.#callBack(),
      () => host.apply({ kind: 'RequestCancel', requestId: this.#random.pick(['c', 'd']) }),
      () => host.advance(this.#random.pick([500, 1_000, 10_000, 60_000])),
      () => host.reload(),
    ];
    const rare = this.#random.between(1, 50);
    if (rare <= 2) host.apply({ kind: 'Terminate', requestId: 't' });
    else if (rare <= 4) this.#start();
    else this.#random.pick(steps as [() => unknown, ...(() => unknown)[]])();
    this.#check();
  }

  #start(): void {
    this.#requests += 1;
    const timeout = () => this.#random.pick([0, 0, 5_000, 120_000]);
    this.host.start({
      workflowType: 'pay',
      taskQueue: 'shop',
      requestId: `r-${this.#requests}`,
      nexusOperation: {
        operationId: 'a',
        endpoint: 'shop',
        service: 'orders',
        operation: 'pay',
        requestId: `told-${this.#requests}`,
        scheduleToCloseTimeout: timeout(),
        scheduleToStartTimeout: timeout(),
        startToCloseTimeout: timeout(),
      },
    });
  }

  #take(): void {
    const [wanted] = engine.waitingNexusTasks(this.host.execution);
    const task = wanted && this.host.turn((turn) => turn.startNexusTask(wanted));
    if (task !== undefined) this.#tasks.push(task);
  }

  /** Of any attempt that ever was: the engine knows which counts. */
  #answer(): void {
    if (this.#tasks.length === 0) return;
    const task = this.#random.pick(this.#tasks as [NexusTask, ...NexusTask[]]);
    const { runId, scheduledEventId, kind: request, attempt, requestId } = task;
    const failure = { message: 'no' };
    const isRetryable = this.#random.chance(0.8);
    const answer = this.#random.pick<NexusAnswer>([
      { kind: 'refused', failure, isRetryable },
      { kind: 'refused', failure, isRetryable },
      { kind: 'started', operationToken: 'token' },
      { kind: 'started', operationToken: 'token' },
      { kind: 'completed' },
      { kind: 'failed', failure },
      { kind: 'canceled', failure },
      { kind: 'cancelRequested' },
      { kind: 'cancelRequested' },
    ]);
    this.host.apply({
      kind: 'NexusTaskAnswered',
      runId,
      scheduledEventId,
      request,
      attempt,
      requestId,
      answer,
    });
  }

  #callBack(): void {
    if (this.#tasks.length === 0) return;
    const { runId, scheduledEventId, requestId } = this.#random.pick(
      this.#tasks as [NexusTask, ...NexusTask[]],
    );
    const failure = { message: 'ended' };
    const close = this.#random.pick<NexusClose>([
      { kind: 'completed' },
      { kind: 'failed', failure },
      { kind: 'canceled', failure },
    ]);
    this.host.apply({
      kind: 'NexusOperationClosed',
      runId,
      scheduledEventId,
      requestId,
      operationToken: 'token',
      close,
    });
  }

  #check(): void {
    const { run, execution } = this.host;
    const types = this.host.types();
    const endings = types.filter((type) => type in STATUS);
    const isOpen = run.status === 'RUNNING';
    expect(endings.length, types.join(' ')).toBe(isOpen ? 0 : 1);
    expect(types.filter((type) => type === 'NexusOperationScheduled')).toHaveLength(1);
    expect(types.some((type) => type.startsWith('WorkflowTask'))).toBe(false);
    expect(run.nexusOperations.size).toBe(isOpen ? 1 : 0);
    if (isOpen) return;
    expect(run.status).toBe(STATUS[endings[0] ?? '']);
    expect(engine.waitingNexusTasks(execution)).toEqual([]);
    // Nothing but its retention is waited for.
    expect(this.host.nextDeadline()).toBe(run.expiryTime);
  }
}

test('SNX-1, SNX-3, SNX-4: in whatever order things come, a run closes once and as its operation does', () => {
  const ended = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    const scenario = new Scenario(seed);
    for (let step = 0; step < 20; step++) scenario.step();
    ended.add(scenario.host.run.status);
  }
  // The orders are not all alike.
  expect([...ended].sort()).toEqual([
    'CANCELED',
    'COMPLETED',
    'FAILED',
    'RUNNING',
    'TERMINATED',
    'TIMED_OUT',
  ]);
});
