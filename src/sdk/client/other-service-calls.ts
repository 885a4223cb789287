/**
 * Calls of Temporal's service that the HTTP API does not have by their names: some are made of others, the rest is refused as a
 * server refuses what it does not know.
 */
import type { Any } from '../common/type-helpers.ts';
import { WorkflowExecutionStatus } from '../common/wire/messages.ts';
import { RpcError } from './rpc-error.ts';
import type { ServiceCall } from './workflow-service.ts';

type Service = Record<'listWorkflowExecutions' | 'updateWithStartWorkflowExecution', ServiceCall>;

export function otherCalls(service: Service) {
  const list = (request: Any, ...conditions: string[]) => {
    const { namespace, maximumPageSize: pageSize, nextPageToken } = request;
    const query = [...conditions, ...filtersOf(request)].join(' AND ');
    return service.listWorkflowExecutions({ namespace, pageSize, nextPageToken, query });
  };
  return {
    listOpenWorkflowExecutions: (request: Any) => list(request, "ExecutionStatus = 'Running'"),
    listClosedWorkflowExecutions: (request: Any) => list(request, "ExecutionStatus != 'Running'"),
    /** A start and an update, in this order. */
    async executeMultiOperation({ operations }: Any) {
      const [first, second] = operations ?? [];
      if (operations?.length !== 2 || !first?.startWorkflow || !second?.updateWorkflow)
        throw new RpcError(
          'INVALID_ARGUMENT',
          'operations: expected [{ startWorkflow }, { updateWorkflow }]',
        );
      const { start, update } = await service.updateWithStartWorkflowExecution({
        start: first.startWorkflow,
        update: second.updateWorkflow,
      });
      return { responses: [{ startWorkflow: start }, { updateWorkflow: update }] };
    },
  } satisfies Record<string, ServiceCall>;
}

function filtersOf({ startTimeFilter, executionFilter, typeFilter, statusFilter }: Any): string[] {
  const { earliestTime, latestTime } = startTimeFilter ?? {};
  const { values } = WorkflowExecutionStatus;
  const status = (Object.keys(values) as (keyof typeof values)[]).find(
    (name) => values[name] === statusFilter?.status,
  );
  return [
    ...(earliestTime ? [`StartTime >= '${textOf(earliestTime)}'`] : []),
    ...(latestTime ? [`StartTime <= '${textOf(latestTime)}'`] : []),
    ...(executionFilter?.workflowId ? [`WorkflowId = ${quoted(executionFilter.workflowId)}`] : []),
    ...(typeFilter?.name ? [`WorkflowType = ${quoted(typeFilter.name)}`] : []),
    ...(status ? [`ExecutionStatus = '${inPascalCase(status)}'`] : []),
  ];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const textOf = ({ seconds, nanos }: Any): string =>
  new Date(Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6).toISOString();
const inPascalCase = (name: string): string =>
  name.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

const REFUSED = [
  'countWorkers',
  'createWorkflowRule',
  'deleteWorkflowRule',
  'deprecateNamespace',
  'describeDeployment',
  'describeWorker',
  'describeWorkflowRule',
  'fetchWorkerConfig',
  'getCurrentDeployment',
  'getDeploymentReachability',
  'getSearchAttributes',
  'getWorkerBuildIdCompatibility',
  'getWorkerTaskReachability',
  'getWorkerVersioningRules',
  'listArchivedWorkflowExecutions',
  'listDeployments',
  'listTaskQueuePartitions',
  'listWorkers',
  'listWorkflowRules',
  'pollWorkflowExecutionTimeSkipping',
  'recordWorkerHeartbeat',
  'resetStickyTaskQueue',
  'setCurrentDeployment',
  'triggerWorkflowRule',
  'updateWorkerBuildIdCompatibility',
  'updateWorkerConfig',
  'updateWorkerDeploymentVersionComputeConfig',
  'updateWorkerVersioningRules',
  'validateWorkerDeploymentVersionComputeConfig',
] as const;

type RefusedCall = (typeof REFUSED)[number];

/** Refused as by a server of Temporal's on which they are not enabled. */
const VERSION_SETS: ReadonlySet<RefusedCall> = new Set<RefusedCall>([
  'getWorkerBuildIdCompatibility',
  'getWorkerTaskReachability',
  'updateWorkerBuildIdCompatibility',
]);
const NO_VERSION_SETS =
  'version sets of build IDs are disabled on this namespace. Use worker deployments: workerDeploymentOptions in workers, and setWorkerDeploymentCurrentVersion.';

export function refusedCalls(): Record<RefusedCall, ServiceCall> {
  const entries = REFUSED.map((name) => {
    const method = name.charAt(0).toUpperCase() + name.slice(1);
    const refuse = async () => {
      if (VERSION_SETS.has(name)) throw new RpcError('PERMISSION_DENIED', `${method}: ${NO_VERSION_SETS}`);
      throw new RpcError('UNIMPLEMENTED', `${method} is not offered by this version of Perdure.`);
    };
    return [name, refuse];
  });
  // Made of those names.
  return Object.fromEntries(entries) as Record<RefusedCall, ServiceCall>;
}
