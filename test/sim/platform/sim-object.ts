/**
 * A Durable Object of the simulation: a core of the runtime on fakes of its ports. An instance lives until it is evicted, crashes,
 * or nothing has come for a while; storage and alarm stay.
 */
import type { ObjectClock, ObjectStorage } from '../../../src/objects/ports.ts';
import type { Isolate } from './isolate.ts';
import { GoneError, inLife, Life } from './lives.ts';
import { SimStorage } from './storage.ts';
import type { SimWorld } from './world.ts';

/** A call was under way when its object was lost. */
export class ResetError extends Error {}

/** What an object of any class has. */
export interface Core {
  alarm(): Promise<void>;
}

export interface Instance<C extends Core> {
  life: Life;
  isolate: Isolate;
  core: C;
}

interface Ringing {
  tries: number;
  syncsBefore: number;
}

const IDLE_MIN_MS = 70_000;
const IDLE_SPREAD_MS = 70_000;
const LOST_AGAIN_MS = 10_000;
const ALARM_TRIES_MAX = 6;
const ALARM_RETRY_MS = 2_000;

export abstract class SimObject<C extends Core = Core> {
  readonly name: string;
  readonly storage: SimStorage;
  instance: Instance<C> | undefined;
  losses = 0;
  /** The alarm that an alarm's run had set when it was lost: it comes as if nothing were known, and then looks. */
  floor: number | null = null;
  protected readonly world: SimWorld;
  #cancelAlarm: (() => void) | undefined;
  #ringing: Ringing | undefined;
  #lastEventAt = 0;
  #calls = 0;

  constructor(world: SimWorld, name: string) {
    const { faults, scheduler } = world;
    this.world = world;
    this.name = name;
    this.storage = new SimStorage({
      before: () => {
        if (faults.draw('crashBeforeCommit') === undefined) return;
        this.crash();
        throw new GoneError('The object was lost before its commit.');
      },
      during: () => {
        if (faults.draw('failedCommit') !== undefined) throw new Error('The commit failed.');
      },
      flushMs: () => {
        const slow = faults.draw('slowFlush');
        return slow === undefined ? 0 : 1 + slow ** 2 * 400;
      },
      after: () => {
        if (faults.draw('crashAfterCommit') !== undefined) this.crash();
      },
      alarmMoved: () => this.#moveAlarm(),
      later: (ms, run) => scheduler.after(ms, run),
    });
  }

  protected abstract make(life: Life, isolate: Isolate): C;

  /** Memory is gone. */
  protected abstract lost(): void;

  /** The instance, loaded if there is none. */
  load(): Instance<C> {
    this.#touch();
    if (this.instance?.life.isAlive) return this.instance;
    const isolate = this.world.isolateFor(this);
    const life = new Life(this.name, isolate.life);
    const core = inLife(life, () => this.make(life, isolate));
    this.instance = { life, isolate, core };
    this.#evictWhenIdle(this.instance);
    return this.instance;
  }

  /** One call, as it comes in; rejects when the instance is lost before its answer may leave. */
  async receive<T>(call: (core: C) => Promise<T>): Promise<T> {
    const { life, core } = this.load();
    this.#calls += 1;
    try {
      return await new Promise<T>((resolve, reject) => {
        const stop = life.onEnd(() => reject(new ResetError('The object was reset.')));
        const settle = (run: () => void) => {
          const leave = life.guard(() => {
            stop();
            run();
          });
          this.storage.whenFlushed(leave);
        };
        inLife(life, () => call(core)).then(
          (answer) => settle(() => resolve(answer)),
          (error: unknown) => settle(() => reject(error)),
        );
      });
    } finally {
      this.#calls -= 1;
      this.#touch();
    }
  }

  /** Memory is gone, perhaps with what was not on disk; an isolate takes all that is in it along. */
  crash(): void {
    const { faults } = this.world;
    const { instance } = this;
    const isIsolateLost = instance !== undefined && faults.draw('isolateCrash') !== undefined;
    if (isIsolateLost) this.world.loseIsolate(instance.isolate);
    else this.lose();
  }

  /** This object's part of a loss. */
  lose(): void {
    const { instance } = this;
    this.instance = undefined;
    this.losses += 1;
    instance?.life.end();
    if (this.storage.isPending && this.world.faults.draw('tornCommit') !== undefined) this.storage.lose();
    else this.storage.flush();
    this.#alarmWasLost();
    this.lost();
    this.#loseAgain();
  }

  #loseAgain(): void {
    const { faults, scheduler } = this.world;
    const again = faults.draw('lostAgain');
    if (again === undefined) return;
    scheduler.after(again ** 2 * LOST_AGAIN_MS, () => {
      if (this.instance !== undefined) this.lose();
    });
  }

  /** Gone without harm: as between two requests. */
  unload(): void {
    const { instance } = this;
    this.instance = undefined;
    this.storage.flush();
    instance?.life.end();
    this.#alarmWasLost();
    this.lost();
  }

  #touch(): void {
    this.#lastEventAt = this.world.scheduler.now;
  }

  #evictWhenIdle(instance: Instance<C>): void {
    const { scheduler, random } = this.world;
    const idleMs = IDLE_MIN_MS + random.next() * IDLE_SPREAD_MS;
    const look = () => {
      if (this.instance !== instance) return;
      const left = this.#lastEventAt + idleMs - scheduler.now;
      const isHeld = this.#ringing !== undefined || this.#calls > 0;
      if (isHeld || left > 0) scheduler.after(Math.max(left, IDLE_MIN_MS), look);
      else this.unload();
    };
    scheduler.after(idleMs, look);
  }

  // The alarm.

  #moveAlarm(): void {
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
    const at = this.storage.alarmOnDisk;
    if (at === null || this.#ringing !== undefined) return;
    const { faults, scheduler } = this.world;
    const early = faults.draw('alarmEarly');
    const late = faults.draw('alarmLate');
    const off = (late === undefined ? 0 : late ** 2 * 60_000) - (early === undefined ? 0 : early * 5_000);
    this.#cancelAlarm = scheduler.after(at - scheduler.wall + off, () =>
      this.world.background(this.#ring(1)),
    );
  }

  async #ring(tries: number): Promise<void> {
    this.#cancelAlarm = undefined;
    const { storage } = this;
    storage.flush();
    storage.alarm = null;
    storage.alarmOnDisk = null;
    const ringing = { tries, syncsBefore: storage.syncs };
    this.#ringing = ringing;
    const { core, life } = this.load();
    const isTwice = this.world.faults.draw('alarmTwice') !== undefined;
    try {
      await inLife(life, () => core.alarm());
    } catch (error) {
      if (life.isAlive) throw error;
      return;
    }
    if (!life.isAlive) return;
    storage.whenFlushed(() => {
      if (this.#ringing !== ringing) return;
      this.#ringing = undefined;
      this.#touch();
      if (isTwice && storage.alarmOnDisk === null) this.world.background(this.#ring(1));
      else this.#moveAlarm();
    });
  }

  /** An alarm whose run did not end comes again, unless another one was set: after some tries it is given up. */
  #alarmWasLost(): void {
    const ringing = this.#ringing;
    this.#ringing = undefined;
    // That an alarm is to come again is known outside the object.
    if (ringing === undefined && this.storage.alarmOnDisk === null) return;
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
    if (ringing !== undefined) this.floor = this.storage.alarmOnDisk;
    if (ringing === undefined || this.storage.alarmOnDisk !== null) {
      this.#moveAlarm();
      return;
    }
    const { tries, syncsBefore } = ringing;
    const hasWorked = this.storage.syncs > syncsBefore;
    const isDropped = hasWorked && this.world.faults.draw('alarmDropped') !== undefined;
    if (isDropped || tries > ALARM_TRIES_MAX) return;
    this.#cancelAlarm = this.world.scheduler.after(ALARM_RETRY_MS * 2 ** tries, () =>
      this.world.background(this.#ring(tries + 1)),
    );
  }

  /** Whether something will wake it, though nobody calls. */
  get isArmed(): boolean {
    return this.#cancelAlarm !== undefined || this.#ringing !== undefined;
  }

  // What every instance has of the platform.

  protected clock(life: Life): ObjectClock {
    const { scheduler } = this.world;
    const { storage } = this;
    const set = (at: number | null) => {
      mustLive(life);
      storage.setAlarm(at);
    };
    return {
      now: () => scheduler.wall,
      getAlarm: async () => storage.alarm,
      setAlarm: set,
      deleteAlarm: () => set(null),
      after: (ms, run) =>
        scheduler.after(
          ms,
          life.guard(() => inLife(life, run)),
        ),
    };
  }

  protected storageOf(life: Life): ObjectStorage {
    const { storage } = this;
    return {
      exec: (statement, ...bindings) => {
        mustLive(life);
        return storage.exec(statement, ...bindings);
      },
      transaction: (work, isOneStatement) => {
        mustLive(life);
        return storage.transaction(work, isOneStatement);
      },
      sync: () => {
        mustLive(life);
        return storage.sync();
      },
      deleteAll: () => {
        mustLive(life);
        return storage.deleteAll();
      },
      get rowsWritten() {
        return storage.rowsWritten;
      },
    };
  }
}

function mustLive({ isAlive }: Life): void {
  if (!isAlive) throw new GoneError('This instance is gone.');
}
