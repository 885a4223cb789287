/** The object of a workflow ID. */
import { WorkflowExecutionCore } from '../../../src/objects/execution/workflow-execution-core.ts';
import type { ObjectOptions } from '../../../src/objects/object-options.ts';
import type { ObjectPorts } from '../../../src/objects/ports.ts';
import type { Isolate } from './isolate.ts';
import type { Life } from './lives.ts';
import { SimObject } from './sim-object.ts';
import type { SimWorld } from './world.ts';

export interface ExecutionAddress {
  namespace: string;
  workflowId: string;
}

export class SimExecution extends SimObject<WorkflowExecutionCore> {
  readonly address: ExecutionAddress;

  constructor(world: SimWorld, address: ExecutionAddress) {
    super(world, address.workflowId);
    this.address = address;
  }

  protected override make(life: Life, isolate: Isolate): WorkflowExecutionCore {
    return new WorkflowExecutionCore(this.#ports(life, isolate), this.#options(isolate));
  }

  protected override lost(): void {
    this.world.onLoss(this);
  }

  #options(isolate: Isolate): ObjectOptions {
    const { options } = this.world;
    return {
      ...options,
      workflowTaskHandler: (queue) => (options.servesActivities(queue) ? isolate.handler : undefined),
    };
  }

  #ports(life: Life, isolate: Isolate): ObjectPorts {
    const { world } = this;
    return {
      storage: this.storageOf(life),
      clock: this.clock(life),
      stubs: {
        workflowExecution: (namespace, workflowId) => world.stub(life, this, namespace, workflowId),
        visibility: world.index(life, this),
        taskQueue: world.taskQueueOf(life, this),
      },
      activities: {
        fetch: (url, init) => world.fetchActivity(life, this, isolate, new Request(url, init)),
      },
      sockets: { list: () => [] },
      newId: () => world.newId(),
      keepAlive: (work) => void work.catch(() => undefined),
    };
  }
}
