/** Schedules in this process: the cores of their objects on ports of memory. */
import type { ScheduleApi, ScheduleIndexApi } from '../../../objects/schedule/schedule-api.ts';
import {
  ScheduleCore,
  type ScheduleOptions,
  type SchedulePorts,
} from '../../../objects/schedule/schedule-core.ts';
import { ScheduleIndexCore } from '../../../objects/schedule/schedule-index-core.ts';
import type { Alarm, ServerClock } from './server-clock.ts';
import type { OpenSqlite } from './sqlite-database.ts';
import { SqliteStorage } from './sqlite-storage.ts';

export interface LocalSchedulesOptions {
  openSqlite: OpenSqlite;
  clock: ServerClock;
  options: ScheduleOptions;
  /** Asked for with the first schedule: they refer to each other. */
  stubs(): SchedulePorts['stubs'];
  /** Work that the server is not at rest before the end of. */
  keepAlive(work: Promise<unknown>): void;
}

interface LocalSchedule {
  core: ScheduleCore;
  alarm: Alarm;
  storage: SqliteStorage;
}

export class LocalSchedules {
  readonly #options: LocalSchedulesOptions;
  readonly #schedules = new Map<string, LocalSchedule>();
  readonly #indexes = new Map<string, { core: ScheduleIndexCore; storage: SqliteStorage }>();

  constructor(options: LocalSchedulesOptions) {
    this.#options = options;
  }

  schedule(namespace: string, scheduleId: string): ScheduleApi {
    const name = JSON.stringify([namespace, scheduleId]);
    let schedule = this.#schedules.get(name);
    if (schedule === undefined) {
      schedule = this.#open();
      this.#schedules.set(name, schedule);
    }
    return schedule.core;
  }

  index(namespace: string): ScheduleIndexApi {
    let index = this.#indexes.get(namespace);
    if (index === undefined) {
      const { openSqlite, clock, stubs } = this.#options;
      const storage = new SqliteStorage(openSqlite);
      const core = new ScheduleIndexCore(storage, () => clock.now(), stubs().searchAttributes);
      index = { core, storage };
      this.#indexes.set(namespace, index);
    }
    return index.core;
  }

  /** When the next action is due. */
  nextDeadline(): number | undefined {
    let earliest: number | undefined;
    for (const { core } of this.#schedules.values()) {
      const deadline = core.nextDeadline();
      if (deadline !== undefined && (earliest === undefined || deadline < earliest)) earliest = deadline;
    }
    return earliest;
  }

  close(): void {
    for (const { alarm, storage } of this.#schedules.values()) {
      this.#options.clock.remove(alarm);
      storage.close();
    }
    for (const { storage } of this.#indexes.values()) storage.close();
    this.#schedules.clear();
    this.#indexes.clear();
  }

  #open(): LocalSchedule {
    const { openSqlite, clock, options, stubs, keepAlive } = this.#options;
    const storage = new SqliteStorage(openSqlite);
    const alarm: Alarm = { at: undefined, ring: () => keepAlive(core.alarm()) };
    clock.add(alarm);
    const core = new ScheduleCore(
      {
        storage,
        clock: {
          now: () => clock.now(),
          getAlarm: async () => alarm.at ?? null,
          setAlarm: (at) => clock.set(alarm, at),
          deleteAlarm: () => clock.set(alarm, undefined),
          after: (ms, run) => {
            const timer = setTimeout(run, ms).unref();
            return () => clearTimeout(timer);
          },
        },
        stubs: stubs(),
        newId: () => crypto.randomUUID(),
        keepAlive,
      },
      options,
    );
    return { core, alarm, storage };
  }
}
