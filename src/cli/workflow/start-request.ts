/** Starting a workflow: the flags, and the request they make. */
import { randomUUID } from 'node:crypto';
import type { Context } from '../command/context.ts';
import type { FlagValues } from '../command/definition.ts';
import { choice, duration, text, toggle } from '../command/flags.ts';
import {
  fieldsOf,
  headersFlag,
  inputFlags,
  inputOf,
  memoFlag,
  searchAttributeFlag,
  summaryFlags,
  userMetadataOf,
} from '../input/payloads.ts';
import { priorityFlags, priorityOf } from '../input/priority.ts';
import { defined, named } from '../input/requests.ts';
import { optionalWorkflowId } from './flags.ts';

/** What a workflow is started with, by whomever: a schedule too. */
export const workflowFlags = {
  type: text('--type <name>', 'Workflow type').required,
  taskQueue: text('-t, --task-queue <name>', 'Task queue').required,
  executionTimeout: duration('--execution-timeout <duration>', 'Limit of the workflow with all its runs'),
  runTimeout: duration('--run-timeout <duration>', 'Limit of one run'),
  taskTimeout: duration('--task-timeout <duration>', 'Limit of one workflow task. Default 10s'),
  memo: memoFlag,
  searchAttribute: searchAttributeFlag,
  headers: headersFlag,
  ...summaryFlags,
  ...priorityFlags,
  ...inputFlags,
};

export const startFlags = {
  workflowId: optionalWorkflowId,
  ...workflowFlags,
  cron: text('--cron <schedule>', 'Run again and again, as this says; a schedule is the better way'),
  startDelay: duration('--start-delay <duration>', 'Wait this long before the first workflow task'),
  idReusePolicy: choice('--id-reuse-policy <policy>', 'When a closed workflow has this ID', {
    AllowDuplicate: 'WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE',
    AllowDuplicateFailedOnly: 'WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY',
    RejectDuplicate: 'WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE',
    TerminateIfRunning: 'WORKFLOW_ID_REUSE_POLICY_TERMINATE_IF_RUNNING',
  }),
  idConflictPolicy: choice('--id-conflict-policy <policy>', 'When a running workflow has this ID', {
    Fail: 'WORKFLOW_ID_CONFLICT_POLICY_FAIL',
    UseExisting: 'WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING',
    TerminateExisting: 'WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING',
  }),
  failExisting: toggle('--fail-existing', 'Fail when a running or closed workflow has this ID'),
};

type WorkflowValues = FlagValues<typeof workflowFlags>;
export type StartValues = FlagValues<typeof startFlags>;

export async function workflowRequest(flags: WorkflowValues, cwd: string) {
  const memo = fieldsOf(flags.memo, '--memo');
  const indexed = fieldsOf(flags.searchAttribute, '--search-attribute');
  const header = fieldsOf(flags.headers, '--headers');
  return defined({
    workflowType: named(flags.type),
    taskQueue: named(flags.taskQueue),
    input: await inputOf(flags, cwd),
    workflowExecutionTimeout: flags.executionTimeout,
    workflowRunTimeout: flags.runTimeout,
    workflowTaskTimeout: flags.taskTimeout,
    memo: memo && { fields: memo },
    searchAttributes: indexed && { indexedFields: indexed },
    header: header && { fields: header },
    userMetadata: userMetadataOf(flags),
    priority: priorityOf(flags),
  });
}

export async function startRequest(flags: StartValues, { api, io }: Context) {
  return {
    ...(await workflowRequest(flags, io.cwd)),
    workflowId: flags.workflowId ?? randomUUID(),
    identity: api.identity,
    requestId: randomUUID(),
    ...defined({
      cronSchedule: flags.cron,
      workflowStartDelay: flags.startDelay,
      workflowIdReusePolicy: flags.failExisting
        ? 'WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE'
        : flags.idReusePolicy,
      workflowIdConflictPolicy: flags.idConflictPolicy,
    }),
  };
}

/** What is printed of a start. */
export const startedJson = (
  { type, taskQueue }: Pick<StartValues, 'type' | 'taskQueue'>,
  namespace: string,
  { workflowId, runId }: { workflowId: string; runId: unknown },
): Record<string, unknown> => ({ workflowId, runId, type, namespace, taskQueue });

export const STARTED_PAIRS = [
  ['WorkflowId', 'workflowId'],
  ['RunId', 'runId'],
  ['Type', 'type'],
  ['Namespace', 'namespace'],
  ['TaskQueue', 'taskQueue'],
] as const;
