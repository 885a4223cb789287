/**
 * An object whose calls show what the platform does: the same code runs on workerd and in the simulator, so that what the simulator
 * makes of storage, alarm, calls and fetches is held against the real thing.
 */
import type { ActivityTask } from '../../../src/engine/api.ts';
import {
  decodeActivityOutcome,
  encodeActivityCall,
} from '../../../src/objects/activity/activity-task-codec.ts';
import { DEFAULT_LEASE_TIMES } from '../../../src/objects/object-options.ts';
import type { ActivityFetch, ObjectClock, ObjectStorage, SqlValue } from '../../../src/objects/ports.ts';
import { defaultPayloadConverter } from '../../../src/sdk/common/converter/payload-converter.ts';
import { toPayloads } from '../../../src/sdk/common/converter/payload-lists.ts';

export interface ContractPorts {
  storage: ObjectStorage;
  clock: ObjectClock;
  activities: ActivityFetch;
  /** Another object of this class. */
  other(name: string): ContractApi;
  /** This instance is gone, and no other. */
  abort(): void;
}

export interface ContractApi {
  act(operation: string, ...args: unknown[]): Promise<unknown>;
}

/** What the alarm found, each time it came. */
export interface Ring extends Record<string, SqlValue> {
  standing: number | null;
  late: number;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS pairs (key TEXT PRIMARY KEY, value) ;
CREATE TABLE IF NOT EXISTS rings (number INTEGER PRIMARY KEY, standing, late) ;
CREATE TABLE IF NOT EXISTS plan (due, again, holds) ;
`;

/** As an application's own errors are. */
class OwnError extends Error {
  override readonly name = 'OwnError';
  readonly code = 'E_OWN';
}

export class ContractCore implements ContractApi {
  readonly #ports: ContractPorts;
  #calls = 0;
  #release: (() => void) | undefined;
  #kept: ContractApi | undefined;

  constructor(ports: ContractPorts) {
    this.#ports = ports;
  }

  async act(operation: string, ...args: unknown[]): Promise<unknown> {
    const operations: Record<string, (...args: never[]) => unknown> = this.#operations;
    const work = operations[operation];
    if (work === undefined) throw new Error(`There is no operation ${operation}.`);
    // Sound: cases and operations are written together.
    return await work(...(args as never[]));
  }

  /** Writes down what it finds, then does as planned. */
  async alarm(): Promise<void> {
    const { storage, clock } = this.#ports;
    this.#prepare();
    const standing = await clock.getAlarm();
    const [plan] = storage.exec<{ due: number; again: number | null; holds: number }>('SELECT * FROM plan');
    const late = clock.now() - (plan?.due ?? 0);
    storage.exec('INSERT INTO rings (standing, late) VALUES (?, ?)', standing, late);
    if (plan?.again != null) {
      storage.exec('UPDATE plan SET again = NULL, due = ?', clock.now() + plan.again);
      clock.setAlarm(clock.now() + plan.again);
    }
    if (plan?.holds) await this.#held();
  }

  #held(): Promise<void> {
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  #prepare(): void {
    this.#ports.storage.exec(SCHEMA);
  }

  readonly #operations = {
    /** Calls that this instance has seen: its memory. */
    count: () => {
      this.#calls += 1;
      return this.#calls;
    },
    put: (key: string, value: SqlValue) => {
      this.#prepare();
      this.#ports.storage.exec('INSERT OR REPLACE INTO pairs VALUES (?, ?)', key, value);
    },
    putReturning: (key: string, value: SqlValue) => {
      this.#prepare();
      return this.#ports.storage.exec(
        'INSERT OR REPLACE INTO pairs VALUES (?, ?) RETURNING key, value',
        key,
        value,
      );
    },
    all: () => {
      this.#prepare();
      return this.#ports.storage.exec('SELECT key, value FROM pairs ORDER BY key');
    },
    /** As the platform gives it: kind, length and first element. */
    kindOf: (key: string) => {
      const [row] = this.#ports.storage.exec('SELECT value FROM pairs WHERE key = ?', key);
      const value = row?.value;
      if (value instanceof ArrayBuffer) return `bytes ${value.byteLength} ${new Uint8Array(value)[0]}`;
      return value === null ? 'null' : `${typeof value} ${value}`;
    },
    putThenThrow: (key: string) => {
      this.#prepare();
      this.#ports.storage.exec('INSERT INTO pairs VALUES (?, 1)', key);
      throw new TypeError('after the write');
    },
    transactionThatThrows: async (key: string, alarmInMs: number) => {
      const { storage, clock } = this.#ports;
      this.#prepare();
      try {
        storage.transaction(() => {
          storage.exec('INSERT INTO pairs VALUES (?, 1)', key);
          clock.setAlarm(clock.now() + alarmInMs);
          throw new Error('in the transaction');
        });
      } catch (error) {
        return error instanceof Error && error.message;
      }
      return 'nothing thrown';
    },
    transaction: (keys: string[], alarmInMs: number) => {
      const { storage, clock } = this.#ports;
      this.#prepare();
      storage.transaction(() => {
        for (const key of keys) storage.exec('INSERT INTO pairs VALUES (?, 1)', key);
        this.#plan(alarmInMs, undefined, false);
        clock.setAlarm(clock.now() + alarmInMs);
      });
    },
    /** A constraint is broken by the second statement of a transaction. */
    conflict: (key: string) => {
      const { storage } = this.#ports;
      this.#prepare();
      try {
        storage.transaction(() => {
          storage.exec('INSERT INTO pairs VALUES (?, 1)', `${key} first`);
          storage.exec('INSERT INTO pairs VALUES (?, 1)', key);
          storage.exec('INSERT INTO pairs VALUES (?, 1)', key);
        });
      } catch (error) {
        return /UNIQUE/.test(String(error));
      }
      return false;
    },
    tooLarge: (bytes: number) => {
      this.#prepare();
      try {
        this.#ports.storage.exec('INSERT INTO pairs VALUES (?, ?)', 'large', 'x'.repeat(bytes));
      } catch (error) {
        return error instanceof Error && error.name;
      }
      return 'written';
    },
    sync: () => this.#ports.storage.sync(),
    erase: () => this.#ports.storage.deleteAll(),
    setAlarm: (inMs: number, again?: number, holds?: boolean) => {
      this.#prepare();
      this.#plan(inMs, again, holds === true);
      this.#ports.clock.setAlarm(this.#ports.clock.now() + inMs);
    },
    deleteAlarm: () => this.#ports.clock.deleteAlarm(),
    alarmIn: async () => {
      const at = await this.#ports.clock.getAlarm();
      return at === null ? null : at - this.#ports.clock.now();
    },
    rings: () => {
      this.#prepare();
      return this.#ports.storage.exec<Ring>('SELECT standing, late FROM rings ORDER BY number');
    },
    release: () => {
      const isHeld = this.#release !== undefined;
      this.#release?.();
      this.#release = undefined;
      return isHeld;
    },
    hold: () => this.#held(),
    fail: () => {
      throw new TypeError('as it was told');
    },
    failInOwnWay: () => {
      throw new OwnError('as it was told');
    },
    abort: () => this.#ports.abort(),
    /** By a stub that is taken once. */
    kept: (name: string, operation: string) => {
      this.#kept ??= this.#ports.other(name);
      return this.#kept.act(operation);
    },
    /** How an error looks to an object that calls another. */
    failureOf: async (name: string, operation: string) => {
      try {
        await this.#ports.other(name).act(operation);
        return 'no failure';
      } catch (error) {
        if (!(error instanceof Error)) return 'no error';
        const isPlain = Object.getPrototypeOf(error) === Error.prototype;
        return { isPlain, name: error.name, message: error.message, code: Reflect.get(error, 'code') };
      }
    },
    /** Which of a long list of keys there are, asked by one parameter. */
    among: (keys: string[]) => {
      this.#prepare();
      const given = JSON.stringify(keys);
      const sql = 'SELECT key FROM pairs WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key';
      return this.#ports.storage.exec<{ key: string }>(sql, given).map(({ key }) => key);
    },
    bindMany: (count: number) => {
      this.#prepare();
      const values = Array.from({ length: count }, (_, index) => index);
      const marks = values.map(() => '?').join(', ');
      try {
        this.#ports.storage.exec(`SELECT key FROM pairs WHERE value IN (${marks})`, ...values);
      } catch (error) {
        return error instanceof Error ? 'refused' : 'something else';
      }
      return 'bound';
    },
    /** Statements that an object has no right to. */
    refused: (statements: string[]) => {
      this.#prepare();
      return statements.filter((statement) => {
        try {
          this.#ports.storage.exec(statement);
          return true;
        } catch {
          return false;
        }
      });
    },
    nested: (outer: string, inner: string) => {
      const { storage } = this.#ports;
      this.#prepare();
      storage.transaction(() => {
        storage.exec('INSERT INTO pairs VALUES (?, 1)', outer);
        storage.transaction(() => void storage.exec('INSERT INTO pairs VALUES (?, 1)', inner));
      });
    },
    /** Not waited for, and not answered for. */
    beginActivity: (type: string) => {
      this.#send(type, 'nothing', new AbortController().signal).catch(() => undefined);
    },
    mutate: (list: number[]) => {
      list.push(4);
      return list;
    },
    echo: (value: unknown) => value,
    forward: (name: string, operation: string, ...args: unknown[]) =>
      this.#ports.other(name).act(operation, ...args),
    forwardTwice: async (name: string) => {
      const call = () => this.#ports.other(name).act('count');
      return await Promise.all([call(), call()]);
    },
    /** A timer comes after every promise that follows from what has happened. */
    order: async () => {
      const seen: string[] = ['now'];
      const timer = new Promise<void>((resolve) => {
        this.#ports.clock.after(0, () => {
          seen.push('timer');
          resolve();
        });
      });
      let chain = Promise.resolve();
      for (let link = 0; link < 50; link++) chain = chain.then(() => undefined);
      void chain.then(() => seen.push('promises'));
      await timer;
      return seen;
    },
    timers: async () => {
      const seen: string[] = [];
      const { clock } = this.#ports;
      const cancel = clock.after(5, () => seen.push('cancelled'));
      cancel();
      await new Promise<void>((resolve) => {
        clock.after(30, () => resolve());
        clock.after(10, () => seen.push('second'));
        clock.after(1, () => seen.push('first'));
      });
      return seen;
    },
    activity: async (type: string, argument: unknown) => {
      const response = await this.#send(type, argument, new AbortController().signal);
      const outcome = decodeActivityOutcome(new Uint8Array(await response.arrayBuffer()));
      if (outcome.kind === 'failed') return `failed: ${outcome.failure.message}`;
      const payload = outcome.kind === 'completed' ? outcome.result?.payloads?.[0] : undefined;
      return payload === undefined ? outcome.kind : defaultPayloadConverter.fromPayload(payload);
    },
    abortedActivity: async (type: string) => {
      const abort = new AbortController();
      const sent = this.#send(type, 'nothing', abort.signal);
      this.#ports.clock.after(20, () => abort.abort(new DOMException('enough', 'TimeoutError')));
      return await sent.then(
        () => 'answered',
        (error: unknown) => (error instanceof Error ? 'rejected' : 'something else'),
      );
    },
    malformedActivity: async () => {
      const init = {
        method: 'POST',
        body: new Uint8Array([1, 2, 3]),
        signal: new AbortController().signal,
      } as const;
      return await this.#ports.activities.fetch('https://activities/activities/echo', init).then(
        (response) => response.ok,
        () => false,
      );
    },
  };

  #plan(inMs: number, again: number | undefined, holds: boolean): void {
    const { storage, clock } = this.#ports;
    storage.exec('DELETE FROM plan WHERE 1');
    storage.exec('INSERT INTO plan VALUES (?, ?, ?)', clock.now() + inMs, again ?? null, holds ? 1 : 0);
  }

  #send(activityType: string, argument: unknown, signal: AbortSignal): Promise<Response> {
    const now = this.#ports.clock.now();
    const task: ActivityTask = {
      ...{ namespace: 'default', workflowId: 'contract', runId: 'run', workflowType: 'contract' },
      ...{ scheduledEventId: 5, activityId: '1', activityType, taskQueue: 'default', attempt: 1, stamp: 1 },
      input: { payloads: toPayloads(defaultPayloadConverter, argument) ?? [] },
      ...{ scheduledTime: now, currentAttemptScheduledTime: now, startedTime: now },
      ...{ scheduleToCloseTimeout: 0, startToCloseTimeout: 60_000, heartbeatTimeout: 0, retryPolicy: {} },
    };
    const body = encodeActivityCall({ task, depth: 1, lease: DEFAULT_LEASE_TIMES });
    const url = `https://activities/activities/${activityType}`;
    return this.#ports.activities.fetch(url, { method: 'POST', body, signal });
  }
}
