import type { Workflow } from '../common/interfaces.ts';
import type { WorkflowIdConflictPolicy } from '../common/workflow-options.ts';
import type { WorkflowHandle } from './workflow-handle.ts';
import type { WorkflowStartOptions } from './workflow-options.ts';

type OperationOptions<T extends Workflow> = WorkflowStartOptions<T> & {
  workflowIdConflictPolicy: WorkflowIdConflictPolicy;
};

/** The two ends that only the client holds. */
export interface Settlement {
  /** Throws when the operation was used before. */
  use(): void;
  resolve(handle: WorkflowHandle): void;
  reject(error: unknown): void;
}

const settlements = new WeakMap<object, Settlement>();

/**
 * How to start the workflow in update-with-start. Good for one call.
 *
 * ```ts
 * const startWorkflowOperation = new WithStartWorkflowOperation(cart, {
 *   workflowId: 'cart-1',
 *   taskQueue: 'default',
 *   workflowIdConflictPolicy: 'USE_EXISTING',
 * });
 * const total = await client.workflow.executeUpdateWithStart(addItem, { args: ['A1'], startWorkflowOperation });
 * const handle = await startWorkflowOperation.workflowHandle();
 * ```
 */
export class WithStartWorkflowOperation<T extends Workflow> {
  workflowTypeOrFunc: string | T;
  options: OperationOptions<T>;
  readonly #handle: Promise<WorkflowHandle<T>>;

  constructor(workflowTypeOrFunc: string | T, options: OperationOptions<T>) {
    this.workflowTypeOrFunc = workflowTypeOrFunc;
    this.options = options;
    let isUsed = false;
    this.#handle = new Promise((resolve, reject) => {
      settlements.set(this, {
        use() {
          if (isUsed) throw new Error('This WithStartWorkflowOperation instance has already been executed.');
          isUsed = true;
        },
        // The client makes the handle for this operation's workflow.
        resolve: (handle) => resolve(handle as WorkflowHandle<T>),
        reject,
      });
    });
    // The call that failed reports the error; nobody has to ask for the handle.
    this.#handle.catch(() => undefined);
  }

  /** The workflow, started or found open. Rejects when the start is refused. */
  async workflowHandle(): Promise<WorkflowHandle<T>> {
    return await this.#handle;
  }
}

export function settlementOf(operation: WithStartWorkflowOperation<Workflow>): Settlement {
  const settlement = settlements.get(operation);
  if (!settlement) throw new TypeError('Expected startWorkflowOperation to be a WithStartWorkflowOperation');
  return settlement;
}
