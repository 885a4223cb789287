/** Starting child workflows, and reaching workflows that are not children. */
import { startChildWorkflow } from '../../executor/child-workflows.ts';
import { requireRun } from '../../executor/context.ts';
import { uuid4 } from '../../executor/deterministic-values.ts';
import { cancelExternalWorkflow, signalWorkflow } from '../../executor/external-workflows.ts';
import type { SignalWorkflowInput } from '../../executor/interceptors.ts';
import {
  ChildWorkflowCancellationType,
  type ChildWorkflowOptions,
  type ChildWorkflowOptionsWithDefaults,
} from '../../executor/options.ts';
import type {
  SignalDefinition,
  Workflow,
  WorkflowResultType,
  WorkflowReturnType,
} from '../common/interfaces.ts';
import type { Any } from '../common/type-helpers.ts';
import type { WorkflowSignalOptions } from '../common/workflow-handle.ts';
import { extractWorkflowTypeAndConfig, type WithWorkflowArgs } from '../common/workflow-options.ts';
import type { ChildWorkflowHandle, ExternalWorkflowHandle } from './workflow-handle.ts';

/** Options of a child whose function says how its values are converted. */
export type ChildWorkflowDefinitionOptions = Omit<ChildWorkflowOptions, 'typeInfo'>;

/** Fills in what a child needs: an ID, arguments, a cancellation type. */
export function addDefaultWorkflowOptions<T extends Workflow>(
  opts: WithWorkflowArgs<T, ChildWorkflowOptions>,
): ChildWorkflowOptionsWithDefaults {
  const { args, workflowId, ...rest } = opts as ChildWorkflowOptions & { args?: unknown[] };
  return {
    workflowId: workflowId ?? uuid4(),
    args: args ?? [],
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    // An explicit `undefined` counts: it means ABANDON.
    ...(rest as object),
  };
}

type AnyChildOptions = WithWorkflowArgs<Workflow, ChildWorkflowOptions>;

interface StartedChild {
  readonly workflowId: string;
  readonly promises: Promise<[Promise<string>, Promise<unknown>]>;
}

function start(
  workflowTypeOrFunc: string | Workflow,
  options: AnyChildOptions | undefined,
  message: string,
): StartedChild {
  requireRun(message);
  const withDefaults = addDefaultWorkflowOptions(options ?? ({} as AnyChildOptions));
  const { type: workflowType, typeInfo } = extractWorkflowTypeAndConfig(
    workflowTypeOrFunc,
    withDefaults.typeInfo,
  );
  const promises = startChildWorkflow({ workflowType, options: { ...withDefaults, typeInfo } }, message);
  return { workflowId: withDefaults.workflowId, promises };
}

/**
 * Starts a child workflow and resolves, once it has started, with a handle. Rejects with WorkflowExecutionAlreadyStartedError
 * when a workflow of that ID is running. The child is cancelled with the caller's scope, as `cancellationType` says.
 *
 * @example
 * ```ts
 * const handle = await startChild(shipment, { args: [order], workflowId: `shipment-${order.id}` });
 * await handle.signal(expedite);
 * return await handle.result();
 * ```
 */
export function startChild<T extends Workflow>(
  workflowType: string,
  options: WithWorkflowArgs<T, ChildWorkflowOptions>,
): Promise<ChildWorkflowHandle<T>>;
export function startChild<T extends Workflow>(
  workflowFunc: T,
  options: WithWorkflowArgs<T, ChildWorkflowDefinitionOptions>,
): Promise<ChildWorkflowHandle<T>>;
export function startChild<T extends () => Promise<Any>>(
  workflowType: string,
): Promise<ChildWorkflowHandle<T>>;
export function startChild<T extends () => Promise<Any>>(workflowFunc: T): Promise<ChildWorkflowHandle<T>>;
export async function startChild(
  workflowTypeOrFunc: string | Workflow,
  options?: AnyChildOptions,
): Promise<ChildWorkflowHandle<Workflow>> {
  const message =
    'Workflow.startChild(...) may only be used from a Workflow Execution. Consider using Client.workflow.start(...) instead.)';
  const { workflowId, promises } = start(workflowTypeOrFunc, options, message);
  const [started, completed] = await promises;
  const firstExecutionRunId = await started;
  const target: SignalWorkflowInput['target'] = { type: 'child', childWorkflowId: workflowId };
  return {
    workflowId,
    firstExecutionRunId,
    result: async () => await completed,
    // Not awaited: they would resolve two microtasks earlier than they do in Temporal's SDK.
    signal: async (def: SignalDefinition<Any[]> | string, ...args: Any[]) => sendSignal(target, def, args),
    signalWithOptions: async (signalName: string, signalOptions: WorkflowSignalOptions<Any[]>) =>
      signalWorkflow(signalName, signalOptions.args ?? [], target, signalOptions.typeInfo),
  } as ChildWorkflowHandle<Workflow>;
}

/** Starts a child workflow and resolves with its result. Its failure arrives as a ChildWorkflowFailure. */
export function executeChild<T extends Workflow>(
  workflowType: string,
  options: WithWorkflowArgs<T, ChildWorkflowOptions>,
): Promise<WorkflowResultType<T>>;
export function executeChild<T extends Workflow>(
  workflowFunc: T,
  options: WithWorkflowArgs<T, ChildWorkflowDefinitionOptions>,
): Promise<WorkflowResultType<T>>;
export function executeChild<T extends () => WorkflowReturnType>(
  workflowType: string,
): Promise<WorkflowResultType<T>>;
export function executeChild<T extends () => WorkflowReturnType>(
  workflowFunc: T,
): Promise<WorkflowResultType<T>>;
export async function executeChild(
  workflowTypeOrFunc: string | Workflow,
  options?: AnyChildOptions,
): Promise<unknown> {
  const message =
    'Workflow.executeChild(...) may only be used from a Workflow Execution. Consider using Client.workflow.execute(...) instead.';
  return start(workflowTypeOrFunc, options, message).promises.then(([, completed]) => completed);
}

function sendSignal(
  target: SignalWorkflowInput['target'],
  def: SignalDefinition<Any[]> | string,
  args: unknown[],
): Promise<void> {
  if (typeof def === 'string') return signalWorkflow(def, args, target);
  return signalWorkflow(def.name, args, target, def.typeInfo);
}

/** A handle of any workflow in this namespace; without `runId` of its current run. Nothing is checked before it is used. */
export function getExternalWorkflowHandle(workflowId: string, runId?: string): ExternalWorkflowHandle {
  requireRun(
    'Workflow.getExternalWorkflowHandle(...) may only be used from a Workflow Execution. Consider using Client.workflow.getHandle(...) instead.)',
  );
  const target: SignalWorkflowInput['target'] = {
    type: 'external',
    workflowExecution: { workflowId, runId },
  };
  return {
    workflowId,
    runId,
    cancel: () => cancelExternalWorkflow(workflowId, runId),
    signal: (def: SignalDefinition<Any[]> | string, ...args: Any[]) => sendSignal(target, def, args),
    signalWithOptions: (signalName: string, options: WorkflowSignalOptions<Any[]>) =>
      signalWorkflow(signalName, options.args ?? [], target, options.typeInfo),
  } as ExternalWorkflowHandle;
}
