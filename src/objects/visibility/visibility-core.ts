/**
 * One shard of a namespace's index, without its platform.
 *
 * X1 An update is written when its call resolves, and an older one never replaces a newer: callers repeat until they hear so.
 * X2 What belongs to another shard by now is passed on before the call that brought it is answered. Callers may not have heard of
 *    the latest change of the number of shards: a shard goes by the latest that it has heard of itself, and moves what it has when
 *    all have heard.
 * X3 A run whose object should have woken ten minutes ago is asked: that wakes it, and its answer is its row's next state. An
 *    object that knows the run no more has erased it.
 * X4 An alarm does a bounded part of what is due and sets the next one. A shard with nothing to wait for has none.
 * X5 Of a namespace that is gone all objects that it knows are erased, and what is told of it later too.
 */
import type { Result } from '../../engine/api.ts';
import type { ObjectClock, ObjectStorage } from '../ports.ts';
import { readQuery } from './filter.ts';
import { FilterError } from './filter-tokens.ts';
import { elsewhere, KnownAddress } from './visibility-address.ts';
import type {
  IndexedRun,
  ShardAddress,
  ShardCount,
  ShardPage,
  ShardSearch,
  ShardState,
  VisibilityApi,
} from './visibility-api.ts';
import { LEAVE, type LeavingPorts, VisibilityLeaving } from './visibility-leaving.ts';
import { countRuns, searchPage } from './visibility-search.ts';
import { homeShard } from './visibility-shards.ts';
import { type KnownRun, VisibilityStore } from './visibility-store.ts';

export interface VisibilityPorts extends LeavingPorts {
  storage: Pick<ObjectStorage, 'exec' | 'transaction' | 'sync' | 'deleteAll'>;
  clock: Pick<ObjectClock, 'now' | 'getAlarm' | 'setAlarm' | 'deleteAlarm'>;
  /** Asks a workflow's object for its runs, of those named; that also wakes it. Runs that it does not know are missing. */
  ask(namespace: string, workflowId: string, runIds: readonly string[]): Promise<IndexedRun[]>;
  /** Another shard of the same namespace. */
  shard(namespace: string, shard: number): Pick<VisibilityApi, 'upsert' | 'erase'>;
}

/** How long after its time a run counts as overdue. */
export const OVERDUE_MS = 600_000;
const ASKED_PER_ALARM = 100;
const ASKED_AT_ONCE = 8;
const MOVED_PER_ALARM = 200;
const FLOOR_MS = 60_000;
const PAUSE_MS = 100;
/** By then every isolate has heard of a change of its namespace. */
const HEARD_MS = 11_000;

const Job = { Refresh: 'refresh', Rehome: 'rehome' } as const;

interface Cursor {
  after: number;
  notBefore?: number;
}

export class VisibilityCore implements VisibilityApi {
  readonly #ports: VisibilityPorts;
  readonly #store: VisibilityStore;
  readonly #leaving: VisibilityLeaving;
  readonly #address: KnownAddress;
  #armedAt: number | undefined;
  #isAlarmKnown = false;

  constructor(ports: VisibilityPorts) {
    this.#ports = ports;
    this.#store = new VisibilityStore(ports.storage);
    this.#leaving = new VisibilityLeaving(this.#store, ports);
    this.#address = new KnownAddress(this.#store);
  }

  async upsert(told: ShardAddress, runs: readonly IndexedRun[]): Promise<void> {
    const now = this.#ports.clock.now();
    this.#store.open();
    const at = this.#address.latest(told);
    await this.#passOn(at, runs);
    await this.#loadAlarm();
    const own = runs.filter((run) => homeShard(run.workflowId, at.shards) === at.shard);
    // What waits here to be moved stays as it is there, so that lists that find both find one (I2).
    const kept = runs.filter((run) => !own.includes(run) && this.#store.knows(run.runId));
    if (own.length + kept.length === 0) return;
    this.#store.transaction(() => {
      this.#address.note(at);
      for (const run of [...own, ...kept]) this.#store.upsert(run, now);
      const wakes = own.map(({ wakeAt }) => wakeAt).filter((wakeAt) => wakeAt !== null);
      if (this.#leaving.hasBegun) this.#ensureAlarm(now + PAUSE_MS, now);
      if (wakes.length > 0) this.#ensureAlarm(Math.min(...wakes) + OVERDUE_MS, now);
    });
    await this.#ports.storage.sync();
  }

  async erase(told: ShardAddress, runs: readonly { workflowId: string; runId: string }[]): Promise<void> {
    const now = this.#ports.clock.now();
    await this.#loadAlarm();
    this.#store.open();
    const at = this.#address.latest(told);
    // Here too: there may be one that has not been moved yet.
    for (const [shard, moved] of elsewhere(at, runs))
      await this.#ports.shard(at.namespace, shard).erase({ ...at, shard }, moved);
    this.#store.transaction(() => {
      this.#address.note(at);
      for (const { runId } of runs) this.#store.erase(runId, now);
      const tombstone = this.#store.earliestTombstone();
      if (tombstone !== undefined) this.#ensureAlarm(tombstone, now);
    });
    await this.#ports.storage.sync();
  }

  async search({ query, attributes, division, limit, after, asOf }: ShardSearch): Promise<Result<ShardPage>> {
    return answer(() => {
      const read = readQuery(query, attributes, 'list', division);
      this.#store.open();
      const moment = this.#store.moment(this.#ports.clock.now());
      // Sound: a search uses no other part of the storage.
      return searchPage(this.#ports.storage as ObjectStorage, read, { limit, after, asOf }, moment);
    });
  }

  async count({
    query,
    attributes,
    division,
  }: Pick<ShardSearch, 'query' | 'attributes' | 'division'>): Promise<Result<ShardCount>> {
    return answer(() => {
      const read = readQuery(query, attributes, 'count', division);
      this.#store.open();
      return countRuns(this.#ports.storage as ObjectStorage, read);
    });
  }

  refresh(at: ShardAddress): Promise<void> {
    return this.#begin(at, Job.Refresh);
  }

  rehome(at: ShardAddress): Promise<void> {
    return this.#begin(at, Job.Rehome, HEARD_MS);
  }

  leave(at: ShardAddress): Promise<void> {
    return this.#begin(at, LEAVE);
  }

  async statistics(): Promise<ShardState> {
    this.#store.open();
    const isMoving = this.#store.readJob(Job.Rehome) !== undefined;
    const changes = this.#address.read()?.changes ?? 0;
    return { ...this.#store.statistics(this.#ports.clock.now() - OVERDUE_MS), isMoving, changes };
  }

  async clear(): Promise<void> {
    await this.#ports.storage.deleteAll();
    this.#store.forget();
    this.#armedAt = undefined;
  }

  /** X4. Never throws: what fails is tried again by the alarm that is set first. */
  async alarm(): Promise<void> {
    const { clock, storage, log } = this.#ports;
    this.#isAlarmKnown = true;
    this.#armedAt = undefined;
    try {
      this.#store.open();
      this.#ensureAlarm(clock.now() + FLOOR_MS, clock.now());
      await storage.sync();
      const at = this.#address.read();
      if (at !== undefined) await this.#work(at);
      this.#settleAlarm();
    } catch (error) {
      log('ERROR', 'The alarm of a visibility shard failed; it comes again', { error });
    }
  }

  async #work(at: ShardAddress): Promise<void> {
    const now = this.#ports.clock.now();
    this.#store.dropTombstones(now);
    if (this.#leaving.hasBegun) return this.#leaving.work(at);
    const overdue = this.#store.overdue(now - OVERDUE_MS, ASKED_PER_ALARM);
    await this.#ask(at, overdue);
    await this.#continueRefresh(at);
    await this.#continueRehome(at);
  }

  async #ask(at: ShardAddress, runs: readonly KnownRun[]): Promise<void> {
    const waiting = [...runs];
    const worker = async () => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await this.#askOne(at, run);
    };
    await Promise.all(Array.from({ length: Math.min(ASKED_AT_ONCE, waiting.length) }, worker));
  }

  /** X3. */
  async #askOne(at: ShardAddress, { run, run_id: runId, workflow_id: workflowId }: KnownRun): Promise<void> {
    const { clock, ask, log } = this.#ports;
    try {
      const answered = await ask(at.namespace, workflowId, [runId]);
      this.#store.transaction(() => {
        if (answered.length === 0) this.#store.erase(runId, clock.now());
        for (const row of answered) this.#store.upsert(laterThan(row, clock.now()), clock.now());
      });
    } catch (error) {
      // A shard of a run that cannot be asked looks at it again when it counts as overdue anew.
      this.#store.setWake(run, clock.now());
      log('WARN', 'A run that is overdue could not be asked', {
        namespace: at.namespace,
        workflowId,
        runId,
        error,
      });
    }
  }

  async #continueRefresh(at: ShardAddress): Promise<void> {
    const cursor = this.#store.readJob<Cursor>(Job.Refresh);
    if (cursor === undefined) return;
    const runs = this.#store.runsAfter(cursor.after, ASKED_PER_ALARM);
    await this.#ask(at, runs);
    this.#advance(Job.Refresh, runs, ASKED_PER_ALARM);
  }

  async #continueRehome(at: ShardAddress): Promise<void> {
    const cursor = this.#store.readJob<Cursor>(Job.Rehome);
    if (cursor === undefined || (cursor.notBefore ?? 0) > this.#ports.clock.now()) return;
    const runs = this.#store.runsAfter(cursor.after, MOVED_PER_ALARM);
    const moving = runs.filter((run) => homeShard(run.workflow_id, at.shards) !== at.shard);
    const rows = moving.map(({ run }) => this.#store.read(run)).filter((row) => row !== undefined);
    await this.#passOn(at, rows);
    this.#store.transaction(() => {
      for (const { run_id: runId } of moving) this.#store.remove(runId);
      this.#advance(Job.Rehome, runs, MOVED_PER_ALARM);
    });
  }

  #advance(job: string, runs: readonly KnownRun[], pageSize: number): void {
    const last = runs.at(-1);
    this.#store.writeJob(job, last === undefined || runs.length < pageSize ? undefined : { after: last.run });
  }

  async #begin(told: ShardAddress, job: string, afterMs = PAUSE_MS): Promise<void> {
    const now = this.#ports.clock.now();
    await this.#loadAlarm();
    this.#store.open();
    this.#store.transaction(() => {
      this.#address.note(this.#address.latest(told));
      const cursor: Cursor = { after: 0, notBefore: now + afterMs };
      this.#store.writeJob(job, cursor);
      this.#ensureAlarm(now + afterMs, now);
    });
    await this.#ports.storage.sync();
  }

  /** X2. */
  async #passOn(at: ShardAddress, runs: readonly IndexedRun[]): Promise<void> {
    for (const [shard, moved] of elsewhere(at, runs))
      await this.#ports.shard(at.namespace, shard).upsert({ ...at, shard }, moved);
  }

  async #loadAlarm(): Promise<void> {
    if (this.#isAlarmKnown) return;
    this.#armedAt = (await this.#ports.clock.getAlarm()) ?? undefined;
    this.#isAlarmKnown = true;
  }

  #ensureAlarm(target: number, now: number): void {
    if (this.#armedAt !== undefined && this.#armedAt <= target) return;
    this.#armedAt = Math.max(target, now);
    this.#ports.clock.setAlarm(this.#armedAt);
  }

  #settleAlarm(): void {
    const now = this.#ports.clock.now();
    const times = [
      addTo(this.#store.earliestWake(), OVERDUE_MS),
      this.#store.earliestTombstone(),
      this.#leaving.nextWork(now),
      ...[Job.Refresh, Job.Rehome].map((job) => {
        const cursor = this.#store.readJob<Cursor>(job);
        return cursor && Math.max(cursor.notBefore ?? now, now);
      }),
    ].filter((time) => time !== undefined);
    if (times.length === 0) {
      this.#armedAt = undefined;
      this.#ports.clock.deleteAlarm();
      return;
    }
    this.#armedAt = Math.max(Math.min(...times), now + PAUSE_MS);
    this.#ports.clock.setAlarm(this.#armedAt);
  }
}

/** A run that is due at the moment is being woken: it counts as overdue ten minutes from now. */
function laterThan(row: IndexedRun, now: number): IndexedRun {
  return row.wakeAt !== null && row.wakeAt < now ? { ...row, wakeAt: now } : row;
}

const addTo = (time: number | undefined, ms: number) => (time === undefined ? undefined : time + ms);

function answer<T>(work: () => T): Result<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return { ok: false, error: { code: 'INVALID_ARGUMENT', message: error.message } };
  }
}
