/** Who a shard is, as it has heard, and where runs belong that are not its own. */
import type { ShardAddress } from './visibility-api.ts';
import { homeShard } from './visibility-shards.ts';
import type { VisibilityStore } from './visibility-store.ts';

const ADDRESS = 'address';

export class KnownAddress {
  readonly #store: Pick<VisibilityStore, 'readJob' | 'writeJob'>;

  constructor(store: Pick<VisibilityStore, 'readJob' | 'writeJob'>) {
    this.#store = store;
  }

  /** One that was noted by an earlier release has heard of no change. */
  read(): ShardAddress | undefined {
    const known = this.#store.readJob<Omit<ShardAddress, 'changes'> & Partial<ShardAddress>>(ADDRESS);
    return known && { ...known, changes: known.changes ?? 0 };
  }

  /** What a caller says, or what is known of a later change. */
  latest(told: ShardAddress): ShardAddress {
    const known = this.read();
    if (known === undefined || known.changes <= told.changes) return told;
    return { ...told, shards: known.shards, changes: known.changes };
  }

  note({ namespace, shard, shards, changes }: ShardAddress): void {
    const known = this.read();
    const isKnown = known?.shards === shards && known.changes === changes;
    if (!isKnown || known.shard !== shard || known.namespace !== namespace)
      this.#store.writeJob(ADDRESS, { namespace, shard, shards, changes });
  }
}

/** Runs that belong to other shards, by shard. */
export function elsewhere<T extends { workflowId: string }>(
  { shard, shards }: ShardAddress,
  runs: readonly T[],
): Map<number, T[]> {
  const homes = new Map<number, T[]>();
  for (const run of runs) {
    const home = homeShard(run.workflowId, shards);
    if (home !== shard) homes.set(home, [...(homes.get(home) ?? []), run]);
  }
  return homes;
}
