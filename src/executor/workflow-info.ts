/** What `workflowInfo()` shows: read from the started event, the current task and what code has upserted since. */

import type { WorkerBuild } from '../engine/worker-build.ts';
import type { SuggestContinueAsNewReason } from '../sdk/common/continue-as-new.ts';
import { fromPayloadsAtIndex, mapFromPayloads } from '../sdk/common/converter/payload-lists.ts';
import {
  decodeSearchAttributes,
  decodeTypedSearchAttributes,
} from '../sdk/common/converter/payload-search-attributes.ts';
import type { Priority } from '../sdk/common/priority.ts';
import { readPriority } from '../sdk/common/read-priority.ts';
import { type RetryPolicy, recordedRetryPolicy } from '../sdk/common/retry-policy.ts';
import type { SearchAttributes, TypedSearchAttributes } from '../sdk/common/search-attributes.ts';
import type { HistoryEventOf } from '../sdk/common/wire/events.ts';
import type { WorkerDeploymentVersion } from '../sdk/common/worker-deployments.ts';
import type { RunConverters } from './converters.ts';
import type { Host } from './host.ts';
import { fillBytes, uuid4From } from './random.ts';

export interface ParentWorkflowInfo {
  workflowId: string;
  runId: string;
  namespace: string;
}

export interface RootWorkflowInfo {
  workflowId: string;
  runId: string;
}

/**
 * Real randomness: every draw is fresh and differs on replay. For query handlers and update validators only.
 *
 * @experimental
 */
export interface UnsafeRandomSource {
  random(): number;
  uuid4(): string;
  fillRandom(bytes: Uint8Array): Uint8Array;
}

/** Facts that differ between the first run and its replay: never decide by them. */
export interface UnsafeWorkflowInfo {
  /** Real time in milliseconds. The safe time is `Date.now()`. */
  readonly now: () => number;
  readonly isReplaying: boolean;
  /** Like `isReplaying`, but false in query handlers and update validators. Logs are written when it is false. */
  readonly isReplayingHistoryEvents: boolean;
  /** @experimental */
  readonly random: UnsafeRandomSource;
}

/** Facts about the run. Each call of `workflowInfo()` gives a snapshot. */
export interface WorkflowInfo {
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  /** @deprecated Use `typedSearchAttributes`. */
  readonly searchAttributes: SearchAttributes;
  readonly typedSearchAttributes: TypedSearchAttributes;
  readonly memo?: Record<string, unknown>;
  /** Set on a child workflow. */
  readonly parent?: ParentWorkflowInfo;
  /** The topmost ancestor; undefined on a workflow without a parent. */
  readonly root?: RootWorkflowInfo;
  /** What the previous run of a cron workflow, or the one continued from, returned. */
  readonly lastResult?: unknown;
  /** What the previous run failed with, on a retry or after a failed cron run. */
  readonly lastFailure?: Error;
  /** Events up to the current workflow task. */
  readonly historyLength: number;
  /** Bytes up to the current workflow task. */
  readonly historySize: number;
  /** Whether history has grown so far that the run had better continue as new. */
  readonly continueAsNewSuggested: boolean;
  /** @experimental */
  readonly targetWorkerDeploymentVersionChanged: boolean;
  /** @experimental */
  readonly suggestedContinueAsNewReasons?: SuggestContinueAsNewReason[];
  readonly taskQueue: string;
  readonly namespace: string;
  /** The first run of the chain. */
  readonly firstExecutionRunId: string;
  /** The run ID in the started event; a reset keeps it. */
  readonly originalExecutionRunId: string;
  readonly continuedFromExecutionRunId?: string;
  readonly startTime: Date;
  readonly runStartTime: Date;
  readonly executionTimeoutMs?: number;
  readonly executionExpirationTime?: Date;
  readonly runTimeoutMs?: number;
  readonly taskTimeoutMs: number;
  readonly retryPolicy?: RetryPolicy;
  /** From 1; grows when the workflow is retried. */
  readonly attempt: number;
  readonly cronSchedule?: string;
  readonly cronScheduleToScheduleInterval?: number;
  /** @deprecated Use `currentDeploymentVersion`. */
  readonly currentBuildId?: string;
  readonly currentDeploymentVersion?: WorkerDeploymentVersion;
  readonly unsafe: UnsafeWorkflowInfo;
  readonly priority?: Priority;
}

/** The part that stands from the start of the run, or changes by upserts only. */
export type StartedInfo = Omit<WorkflowInfo, keyof TaskInfo | 'unsafe'>;

/** The part that each workflow task sets anew (WFT-17). */
export interface TaskInfo {
  readonly historyLength: number;
  readonly historySize: number;
  readonly continueAsNewSuggested: boolean;
  readonly targetWorkerDeploymentVersionChanged: boolean;
  readonly suggestedContinueAsNewReasons?: SuggestContinueAsNewReason[] | undefined;
  readonly currentBuildId?: string;
  readonly currentDeploymentVersion?: WorkerDeploymentVersion | undefined;
}

export interface RunIdentity {
  readonly namespace: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  readonly taskQueue: string;
}

export function startedInfo(
  identity: RunIdentity,
  { attributes, eventTime }: HistoryEventOf<'WorkflowExecutionStarted'>,
  runStartTime: number,
  converters: RunConverters,
): StartedInfo {
  const { payloadConverter, context } = converters;
  const indexedFields = attributes.searchAttributes?.indexedFields;
  const parent = attributes.parentWorkflowExecution;
  const root = attributes.rootWorkflowExecution;
  return {
    ...identity,
    searchAttributes: decodeSearchAttributes(indexedFields),
    typedSearchAttributes: decodeTypedSearchAttributes(indexedFields),
    memo: mapFromPayloads(payloadConverter, attributes.memo?.fields, context) ?? {},
    parent: parent?.workflowId
      ? {
          workflowId: parent.workflowId,
          runId: parent.runId ?? '',
          namespace: attributes.parentWorkflowNamespace ?? identity.namespace,
        }
      : undefined,
    root: root?.workflowId ? { workflowId: root.workflowId, runId: root.runId ?? '' } : undefined,
    lastResult: fromPayloadsAtIndex(payloadConverter, 0, attributes.lastCompletionResult?.payloads, context),
    lastFailure: attributes.continuedFailure && converters.failureToError(attributes.continuedFailure),
    firstExecutionRunId: attributes.firstExecutionRunId,
    originalExecutionRunId: attributes.originalExecutionRunId || identity.runId,
    continuedFromExecutionRunId: attributes.continuedExecutionRunId || undefined,
    startTime: new Date(eventTime),
    runStartTime: new Date(runStartTime),
    // A service writes a zero where no timeout was asked for.
    executionTimeoutMs: attributes.workflowExecutionTimeout ?? 0,
    executionExpirationTime: optionalDate(attributes.workflowExecutionExpirationTime),
    runTimeoutMs: attributes.workflowRunTimeout ?? 0,
    taskTimeoutMs: attributes.workflowTaskTimeout ?? 10_000,
    retryPolicy: attributes.retryPolicy && recordedRetryPolicy(attributes.retryPolicy),
    attempt: attributes.attempt,
    cronSchedule: attributes.cronSchedule || undefined,
    cronScheduleToScheduleInterval: attributes.cronSchedule
      ? attributes.firstWorkflowTaskBackoff || undefined
      : undefined,
    priority: readPriority(attributes.priority),
  };
}

function optionalDate(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

/** `build` is that of the worker that completed the task, or completes it now. */
export function taskInfo(
  { eventId, attributes }: HistoryEventOf<'WorkflowTaskStarted'>,
  build: WorkerBuild | undefined,
): TaskInfo {
  return {
    currentBuildId: build?.buildId ?? '',
    // A worker outside any deployment has a version all the same, of its build ID alone.
    currentDeploymentVersion: build?.deployment ?? versionOfBuild(build?.buildId),
    historyLength: eventId,
    historySize: attributes.historySizeBytes ?? 0,
    continueAsNewSuggested: attributes.suggestContinueAsNew ?? false,
    targetWorkerDeploymentVersionChanged: attributes.targetWorkerDeploymentVersionChanged ?? false,
    suggestedContinueAsNewReasons: attributes.suggestContinueAsNewReasons?.length
      ? attributes.suggestContinueAsNewReasons
      : undefined,
  };
}

function versionOfBuild(buildId: string | undefined): WorkerDeploymentVersion | undefined {
  return buildId ? { buildId, deploymentName: '' } : undefined;
}

export function unsafeRandom(host: Host): UnsafeRandomSource {
  const source: UnsafeRandomSource = {
    random: () => host.random(),
    uuid4: () => uuid4From(host.random),
    fillRandom: (bytes) => fillBytes(host.random, bytes),
  };
  // Left out of JSON as a function is: an empty object would say nothing.
  return Object.assign(source, { toJSON: () => undefined });
}
