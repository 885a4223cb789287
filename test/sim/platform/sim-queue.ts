/** The object of a task queue, for workers elsewhere. One partition of each. */
import { taskQueueName } from '../../../src/objects/task-queue/task-queue-api.ts';
import { TaskQueueCore } from '../../../src/objects/task-queue/task-queue-core.ts';
import type { Isolate } from './isolate.ts';
import type { Life } from './lives.ts';
import { SimObject } from './sim-object.ts';
import type { SimWorld } from './world.ts';

class QueueCore extends TaskQueueCore {
  /** It sets none: what its memory held, workflows offer again. */
  async alarm(): Promise<void> {}
}

export class SimQueue extends SimObject<QueueCore> {
  constructor(world: SimWorld, namespace: string, taskQueue: string) {
    super(world, taskQueueName(namespace, taskQueue, 0));
  }

  protected override make(life: Life, _isolate: Isolate): QueueCore {
    return new QueueCore({ storage: this.storageOf(life), clock: this.clock(life) });
  }

  protected override lost(): void {}
}
