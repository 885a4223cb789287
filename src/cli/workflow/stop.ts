/** Cancel, terminate, delete, pause and unpause: one workflow, or by a batch job all that match. */
import { randomUUID } from 'node:crypto';
import type { CallName } from '../../sdk/client/calls/index.ts';
import type { JsonObject } from '../command/api.ts';
import { type Command, defineCommand } from '../command/definition.ts';
import { oneOf, startBatch, type Target, targetFlags } from './batch-target.ts';

interface Change {
  readonly name: string;
  readonly about: string;
  readonly call: CallName;
  /** The request, besides who asks for it. */
  readonly request: (execution: Record<string, string>, target: Target) => JsonObject;
  readonly operation: string;
  /** What is said when it is done. */
  readonly done: string;
}

const because = ({ reason }: Target): JsonObject => (reason === undefined ? {} : { reason });

const CHANGES: readonly Change[] = [
  {
    name: 'cancel',
    about: 'Ask a workflow to end: its code is told, and may clean up',
    call: 'requestCancelWorkflowExecution',
    request: (workflowExecution, target) => ({
      workflowExecution,
      requestId: randomUUID(),
      ...because(target),
    }),
    operation: 'cancellationOperation',
    done: 'Canceled workflow',
  },
  {
    name: 'terminate',
    about: 'End a workflow at once: its code is not told',
    call: 'terminateWorkflowExecution',
    request: (workflowExecution, target) => ({ workflowExecution, ...because(target) }),
    operation: 'terminationOperation',
    done: 'Workflow terminated',
  },
  {
    name: 'pause',
    about: 'Hold a workflow: no task of it is dispatched until it is unpaused',
    call: 'pauseWorkflowExecution',
    request: (execution, target) => ({ ...execution, requestId: randomUUID(), ...because(target) }),
    operation: 'pauseOperation',
    done: 'Workflow paused',
  },
  {
    name: 'unpause',
    about: 'Let a paused workflow go on',
    call: 'unpauseWorkflowExecution',
    request: (execution, target) => ({ ...execution, requestId: randomUUID(), ...because(target) }),
    operation: 'unpauseOperation',
    done: 'Workflow unpaused',
  },
];

const changeCommand = ({ name, about, call, request, operation, done }: Change): Command =>
  defineCommand({
    name,
    about,
    flags: targetFlags,
    async run(context, flags) {
      const { api, out } = context;
      const { identity } = api;
      const execution = oneOf(flags);
      if (execution === undefined) return await startBatch(context, flags, { [operation]: { identity } });
      out.done(done, await api.call(call, { ...request(execution, flags), identity }));
    },
  });

const remove = defineCommand({
  name: 'delete',
  about: 'Delete a closed workflow, or end a running one and delete it',
  flags: targetFlags,
  async run(context, flags) {
    const workflowExecution = oneOf(flags);
    if (workflowExecution === undefined) {
      const { identity } = context.api;
      return await startBatch(context, flags, { deletionOperation: { identity } });
    }
    context.out.done(
      'Delete workflow succeeded',
      await context.api.call('deleteWorkflowExecution', { workflowExecution }),
    );
  },
});

export const changes: readonly Command[] = [...CHANGES.map(changeCommand), remove];
