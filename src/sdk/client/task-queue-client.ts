/**
 * Sets of compatible build IDs: what worker deployments have replaced. The server refuses the calls, as Temporal's does unless
 * they are enabled; they are here for code that handles the refusal.
 */
import { makeEnumConverters } from '../common/enum-converters.ts';
import { filterNullAndUndefined } from '../common/objects-helpers.ts';
import { type RequireAtLeastOne, SymbolBasedInstanceOfError } from '../common/type-helpers.ts';
import {
  BaseClient,
  type BaseClientOptions,
  type DirectAddress,
  defaultBaseClientOptions,
  type LoadedWithDefaults,
} from './base-client.ts';
import {
  type BuildIdOperation,
  versionSetsFromProto,
  type WorkerBuildIdVersionSets,
} from './build-id-types.ts';
import { isGrpcServiceError, ServiceError } from './errors.ts';
import { rethrowKnownErrorTypes } from './rethrow.ts';
import { grpcStatus } from './rpc-error.ts';
import type { WorkflowService } from './types.ts';

/** @deprecated See {@link TaskQueueClient}. */
export type TaskQueueClientOptions = BaseClientOptions;

/** @deprecated See {@link TaskQueueClient}. */
export type LoadedTaskQueueClientOptions = LoadedWithDefaults<TaskQueueClientOptions>;

/**
 * Stands for workers without a build ID.
 *
 * @deprecated See {@link TaskQueueClient}.
 */
export const UnversionedBuildId: unique symbol = Symbol.for('__temporal_unversionedBuildId') as never;
/** @deprecated See {@link TaskQueueClient}. */
export type UnversionedBuildIdType = typeof UnversionedBuildId;

/**
 * Sets of compatible build IDs of a task queue. All calls reject with a {@link ServiceError} whose cause is PERMISSION_DENIED.
 *
 * @deprecated Say `workerDeploymentOptions` in workers, and use the calls about worker deployments in `workflowService`.
 */
export class TaskQueueClient extends BaseClient {
  readonly options: LoadedTaskQueueClientOptions;

  constructor(options: TaskQueueClientOptions & DirectAddress = {}) {
    super(options);
    const { address: _, tls: _tls, apiKey: _key, fetch: _fetch, ...common } = options;
    this.options = {
      ...defaultBaseClientOptions(),
      ...filterNullAndUndefined(common),
      loadedDataConverter: this.dataConverter,
    };
  }

  /** Single calls by Temporal's names. The namespace is not filled in. */
  get workflowService(): WorkflowService {
    return this.connection.workflowService;
  }

  /** @deprecated See {@link TaskQueueClient}. */
  async updateBuildIdCompatibility(taskQueue: string, operation: BuildIdOperation): Promise<void> {
    const request = { namespace: this.options.namespace, taskQueue, ...requestOf(operation) };
    try {
      await this.workflowService.updateWorkerBuildIdCompatibility(request);
    } catch (error) {
      this.rethrowGrpcError(error, 'Unexpected error updating Build Id compatibility');
    }
  }

  /**
   * Undefined for a task queue without any.
   *
   * @deprecated See {@link TaskQueueClient}.
   */
  async getBuildIdCompatability(taskQueue: string): Promise<WorkerBuildIdVersionSets | undefined> {
    const { namespace } = this.options;
    try {
      const response = await this.workflowService.getWorkerBuildIdCompatibility({ namespace, taskQueue });
      return response.majorVersionSets?.length ? versionSetsFromProto(response) : undefined;
    } catch (error) {
      return this.rethrowGrpcError(error, 'Unexpected error fetching Build Id compatibility');
    }
  }

  /** @deprecated See {@link TaskQueueClient}. */
  async getReachability({
    buildIds,
    taskQueues,
    reachability,
  }: ReachabilityOptions): Promise<ReachabilityResponse> {
    try {
      const response = await this.workflowService.getWorkerTaskReachability({
        namespace: this.options.namespace,
        taskQueues,
        buildIds: buildIds?.map((buildId) => (buildId === UnversionedBuildId ? '' : buildId)),
        reachability: encodeTaskReachability(reachability),
      });
      return reachabilityResponseFromProto(response as TaskReachabilityResponse);
    } catch (error) {
      return this.rethrowGrpcError(error, 'Unexpected error fetching Build Id reachability');
    }
  }

  protected rethrowGrpcError(err: unknown, fallbackMessage: string): never {
    if (!isGrpcServiceError(err)) throw new ServiceError('Unexpected error while making gRPC request');
    const known = rethrowKnownErrorTypes(err);
    if (known.code === grpcStatus.NOT_FOUND)
      throw new BuildIdNotFoundError(known.details || 'Build Id not found');
    throw new ServiceError(fallbackMessage, { cause: known });
  }
}

function requestOf(operation: BuildIdOperation): object {
  switch (operation.operation) {
    case 'addNewIdInNewDefaultSet':
      return { addNewBuildIdInNewDefaultSet: operation.buildId };
    case 'addNewCompatibleVersion': {
      const { buildId, existingCompatibleBuildId } = operation;
      return { addNewCompatibleBuildId: { newBuildId: buildId, existingCompatibleBuildId } };
    }
    case 'promoteSetByBuildId':
      return { promoteSetByBuildId: operation.buildId };
    case 'promoteBuildIdWithinSet':
      return { promoteBuildIdWithinSet: operation.buildId };
    case 'mergeSets': {
      const { primaryBuildId, secondaryBuildId } = operation;
      return { mergeSets: { primarySetBuildId: primaryBuildId, secondarySetBuildId: secondaryBuildId } };
    }
    default:
      throw new TypeError(
        `operation: unknown build id update operation '${(operation as { operation: string }).operation}'`,
      );
  }
}

/** @deprecated See {@link TaskQueueClient}. */
export type ReachabilityOptions = RequireAtLeastOne<BaseReachabilityOptions, 'buildIds' | 'taskQueues'>;

/**
 * By which workflows a build ID might still be used.
 *
 * @deprecated See {@link TaskQueueClient}.
 */
export const ReachabilityType = {
  NEW_WORKFLOWS: 'NEW_WORKFLOWS',
  EXISTING_WORKFLOWS: 'EXISTING_WORKFLOWS',
  OPEN_WORKFLOWS: 'OPEN_WORKFLOWS',
  CLOSED_WORKFLOWS: 'CLOSED_WORKFLOWS',
} as const;
export type ReachabilityType = (typeof ReachabilityType)[keyof typeof ReachabilityType];

export const [encodeTaskReachability, decodeTaskReachability] = makeEnumConverters({
  prefix: 'TASK_REACHABILITY_',
  values: { NEW_WORKFLOWS: 1, EXISTING_WORKFLOWS: 2, OPEN_WORKFLOWS: 3, CLOSED_WORKFLOWS: 4 },
});

/** @deprecated See {@link TaskQueueClient}. */
export interface BaseReachabilityOptions {
  buildIds: (string | UnversionedBuildIdType)[];
  taskQueues?: string[];
  reachability?: ReachabilityType;
}

/** @deprecated See {@link TaskQueueClient}. */
export interface ReachabilityResponse {
  buildIdReachability: Record<string | UnversionedBuildIdType, BuildIdReachability>;
}

/** @deprecated See {@link TaskQueueClient}. */
export type ReachabilityTypeResponse = ReachabilityType | 'NOT_FETCHED';

/** @deprecated See {@link TaskQueueClient}. */
export interface BuildIdReachability {
  /** By task queue; empty where the build ID cannot be reached. */
  taskQueueReachability: Record<string, ReachabilityTypeResponse[]>;
}

interface TaskReachabilityResponse {
  buildIdReachability: readonly {
    buildId?: string | null;
    taskQueueReachability?:
      | readonly { taskQueue?: string | null; reachability?: readonly number[] | null }[]
      | null;
  }[];
}

/** @deprecated See {@link TaskQueueClient}. */
export function reachabilityResponseFromProto(resp: TaskReachabilityResponse): ReachabilityResponse {
  const entries = resp.buildIdReachability.map(({ buildId, taskQueueReachability }) => {
    const byQueue: Record<string, ReachabilityTypeResponse[]> = {};
    for (const { taskQueue, reachability } of taskQueueReachability ?? []) {
      if (taskQueue === null || taskQueue === undefined) continue;
      byQueue[taskQueue] = (reachability ?? []).map((type) => decodeTaskReachability(type) ?? 'NOT_FETCHED');
    }
    return [buildId || UnversionedBuildId, { taskQueueReachability: byQueue }] as const;
  });
  return { buildIdReachability: Object.fromEntries(entries) as ReachabilityResponse['buildIdReachability'] };
}

/**
 * A build ID that the server does not know.
 *
 * @deprecated See {@link TaskQueueClient}.
 */
export class BuildIdNotFoundError extends Error {
  static {
    SymbolBasedInstanceOfError('BuildIdNotFoundError')(BuildIdNotFoundError);
  }
}
