/** The object of one shard of the index of runs. */
import { askExecution, purgeExecution } from '../../../src/objects/visibility/ask-execution.ts';
import { VisibilityCore } from '../../../src/objects/visibility/visibility-core.ts';
import { visibilityName } from '../../../src/objects/visibility/visibility-shards.ts';
import type { Isolate } from './isolate.ts';
import type { Life } from './lives.ts';
import { SimObject } from './sim-object.ts';
import type { SimWorld } from './world.ts';

export class SimShard extends SimObject<VisibilityCore> {
  constructor(world: SimWorld, namespace: string, shard: number) {
    super(world, visibilityName(namespace, shard));
  }

  protected override make(life: Life, _isolate: Isolate): VisibilityCore {
    const { world } = this;
    return new VisibilityCore({
      storage: this.storageOf(life),
      clock: this.clock(life),
      ask: askExecution(
        (namespace, workflowId) => world.stub(life, this, namespace, workflowId),
        world.namespaces,
      ),
      purge: purgeExecution((namespace, workflowId) => world.stub(life, this, namespace, workflowId)),
      shard: (namespace, shard) => world.shardStub(life, this, namespace, shard),
      log: world.options.log,
    });
  }

  protected override lost(): void {}

  listedVersion(runId: string): number | undefined {
    if (this.storage.rows().runs === undefined) return undefined;
    const [row] = this.storage.exec<{ version: number }>('SELECT version FROM runs WHERE run_id = ?', runId);
    return row?.version;
  }
}
