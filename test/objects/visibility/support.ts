/** An index of several shards in Node, over SQLite in memory and with a clock of its own. */
import type { NamespaceRecord } from '../../../src/objects/namespace/namespace-api.ts';
import { defaultNamespace } from '../../../src/objects/namespace/namespace-record.ts';
import { indexedRun } from '../../../src/objects/visibility/indexed-run.ts';
import type { VisibilityUpdate } from '../../../src/objects/visibility/visibility-api.ts';
import { VisibilityCore } from '../../../src/objects/visibility/visibility-core.ts';
import { createVisibilityIndex } from '../../../src/objects/visibility/visibility-index.ts';
import type { IndexedValueType, Payload, WorkflowStatusName } from '../../../src/sdk/common/wire/messages.ts';
import { loadSqlite } from '../../../src/sdk/testing/server/sqlite-database.ts';
import { SqliteStorage } from '../../../src/sdk/testing/server/sqlite-storage.ts';

export const NAMESPACE = 'default';
const START = Date.UTC(2026, 0, 1);

export type AttributeTypes = Record<string, keyof typeof IndexedValueType.values>;

interface Shard {
  core: VisibilityCore;
  alarm: number | undefined;
}

export class IndexWorld {
  now = START;
  record: NamespaceRecord;
  readonly shards = new Map<number, Shard>();
  /** What the objects answer when the index asks them, by workflow ID; undefined: they cannot be reached. */
  readonly objects = new Map<string, VisibilityUpdate[]>();
  readonly asked: string[] = [];
  readonly purged: string[] = [];
  readonly index;
  readonly #openSqlite;

  private constructor(
    openSqlite: Awaited<ReturnType<typeof loadSqlite>>,
    shards: number,
    types: AttributeTypes,
  ) {
    this.#openSqlite = openSqlite;
    this.record = {
      ...defaultNamespace('n', START),
      visibilityShards: shards,
      customSearchAttributes: types,
    };
    this.index = createVisibilityIndex({
      namespaces: { find: async () => this.record },
      shard: (_namespace, shard) => this.shard(shard).core,
    });
  }

  static async open({ shards = 1, types = {} }: { shards?: number; types?: AttributeTypes } = {}) {
    return new IndexWorld(await loadSqlite(), shards, types);
  }

  shard(number: number): Shard {
    const known = this.shards.get(number);
    if (known !== undefined) return known;
    const shard: Shard = { alarm: undefined, core: undefined as unknown as VisibilityCore };
    shard.core = new VisibilityCore({
      storage: new SqliteStorage(this.#openSqlite),
      clock: {
        now: () => this.now,
        getAlarm: async () => shard.alarm ?? null,
        setAlarm: (at) => {
          shard.alarm = at;
        },
        deleteAlarm: () => {
          shard.alarm = undefined;
        },
      },
      ask: async (_namespace, workflowId, runIds) => {
        this.asked.push(workflowId);
        const updates = this.objects.get(workflowId);
        if (updates === undefined) throw new Error(`${workflowId} cannot be reached`);
        return updates
          .filter(({ info }) => runIds.includes(info.execution.runId ?? ''))
          .map((each) => indexedRun(each, {}));
      },
      purge: async (_namespace, workflowId) => {
        if (!this.objects.delete(workflowId)) throw new Error(`${workflowId} cannot be reached`);
        this.purged.push(workflowId);
      },
      shard: (_namespace, other) => this.shard(other).core,
      log: () => {},
    });
    this.shards.set(number, shard);
    return shard;
  }

  /** Runs alarms as time goes, up to `until`. */
  async runTo(until: number): Promise<void> {
    for (let rounds = 0; rounds < 1000; rounds++) {
      const due = [...this.shards.values()].filter(({ alarm }) => alarm !== undefined && alarm <= until);
      if (due.length === 0) break;
      const next = due.reduce((one, other) => ((one.alarm ?? 0) <= (other.alarm ?? 0) ? one : other));
      this.now = Math.max(this.now, next.alarm ?? 0);
      next.alarm = undefined;
      await next.core.alarm();
    }
    this.now = Math.max(this.now, until);
  }

  async tell(...updates: VisibilityUpdate[]): Promise<void> {
    for (const update of updates)
      await this.index.update(NAMESPACE, update.info.execution.workflowId ?? '', [update]);
  }

  /** Run IDs of a whole listing, page by page. */
  async list(query = '', pageSize = 1000, between: () => void | Promise<void> = () => {}): Promise<string[]> {
    const found: string[] = [];
    let nextPageToken: Uint8Array | undefined;
    for (let pages = 0; pages < 10_000; pages++) {
      const page = await this.index.list(NAMESPACE, { query, pageSize, nextPageToken });
      if (!page.ok) throw new Error(page.error.message);
      found.push(...page.value.executions.map(({ execution }) => execution.runId ?? ''));
      nextPageToken = page.value.nextPageToken;
      if (nextPageToken === undefined) return found;
      await between();
    }
    throw new Error('the listing does not end');
  }

  async count(query = ''): Promise<number> {
    const result = await this.index.count(NAMESPACE, query);
    if (!result.ok) throw new Error(result.error.message);
    return result.value.count;
  }
}

const encoder = new TextEncoder();

export function payloadOf(value: unknown, type?: string): Payload {
  return {
    metadata: { encoding: encoder.encode('json/plain'), ...(type && { type: encoder.encode(type) }) },
    data: encoder.encode(JSON.stringify(value)),
  };
}

export interface RunFacts {
  workflowId: string;
  runId: string;
  type?: string;
  status?: WorkflowStatusName;
  startTime?: number;
  closeTime?: number;
  attributes?: Record<string, Payload>;
  memo?: Record<string, Payload>;
  version?: number;
  wakeAt?: number;
  taskQueue?: string;
  parent?: { workflowId: string; runId: string };
  historyLength?: number;
}

export function updateOf(facts: RunFacts): VisibilityUpdate {
  const { workflowId, runId, type = 'order', startTime = START, closeTime, version = 1, wakeAt } = facts;
  const status = facts.status ?? (closeTime === undefined ? 'RUNNING' : 'COMPLETED');
  return {
    version,
    ...(wakeAt !== undefined && { wakeAt }),
    info: {
      execution: { workflowId, runId },
      type: { name: type },
      startTime,
      executionTime: startTime,
      status,
      taskQueue: facts.taskQueue ?? 'default',
      rootExecution: { workflowId, runId },
      searchAttributes: { indexedFields: facts.attributes ?? {} },
      memo: { fields: facts.memo ?? {} },
      ...(facts.parent && { parentExecution: facts.parent }),
      ...(facts.historyLength !== undefined && { historyLength: facts.historyLength }),
      ...(closeTime !== undefined && { closeTime, executionDuration: closeTime - startTime }),
    },
  };
}
