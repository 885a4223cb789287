/** The Durable Object of one shard of a namespace's index: `VisibilityCore` on the platform's storage and alarm. */
import { DurableObject } from 'cloudflare:workers';
import { objectStorage } from '../durable-object-ports.ts';
import type { IndexedRun, ShardAddress, ShardSearch, VisibilityApi } from './visibility-api.ts';
import { VisibilityCore, type VisibilityPorts } from './visibility-core.ts';

export type VisibilityClass = new (ctx: DurableObjectState, env: unknown) => DurableObject & VisibilityApi;

/** Makes the class that the Worker exports as `Visibility`. */
export function visibilityClass(
  calls: () => Pick<VisibilityPorts, 'ask' | 'purge' | 'shard' | 'log'>,
): VisibilityClass {
  return class Visibility extends DurableObject implements VisibilityApi {
    readonly core: VisibilityCore;

    constructor(ctx: DurableObjectState, env: unknown) {
      super(ctx, env as never);
      this.core = new VisibilityCore({
        storage: objectStorage(ctx),
        clock: {
          now: Date.now,
          getAlarm: () => ctx.storage.getAlarm(),
          setAlarm: (at) => void ctx.storage.setAlarm(at),
          deleteAlarm: () => void ctx.storage.deleteAlarm(),
        },
        ...calls(),
      });
    }

    upsert(at: ShardAddress, runs: readonly IndexedRun[]) {
      return this.core.upsert(at, runs);
    }

    erase(at: ShardAddress, runs: readonly { workflowId: string; runId: string }[]) {
      return this.core.erase(at, runs);
    }

    search(search: ShardSearch) {
      return this.core.search(search);
    }

    count(search: Pick<ShardSearch, 'namespace' | 'query' | 'attributes'>) {
      return this.core.count(search);
    }

    refresh(at: ShardAddress) {
      return this.core.refresh(at);
    }

    rehome(at: ShardAddress) {
      return this.core.rehome(at);
    }

    leave(at: ShardAddress) {
      return this.core.leave(at);
    }

    statistics() {
      return this.core.statistics();
    }

    clear() {
      return this.core.clear();
    }

    override alarm(): Promise<void> {
      return this.core.alarm();
    }
  };
}
