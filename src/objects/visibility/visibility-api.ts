/**
 * What a `Visibility` object, one shard of a namespace's index, answers over native RPC; and what objects and the service see of
 * the whole index. All plain data.
 */
import type { Result } from '../../engine/api.ts';
import type { WorkflowExecutionInfo } from '../../sdk/common/wire/requests.ts';
import type { SearchAttributeTypes } from '../namespace/search-attribute-types.ts';

/** One run as its object tells of it. */
export interface VisibilityUpdate {
  info: WorkflowExecutionInfo;
  /** Grows with each change that shows; an update that is not newer than what the index has changes nothing. */
  version: number;
  /** When the object expects to wake next, for whatever reason; undefined when nothing will wake it. */
  wakeAt?: number;
}

/** One run as a shard keeps it. */
export interface IndexedRun {
  runId: string;
  version: number;
  workflowId: string;
  workflowType: string;
  taskQueue: string;
  status: number;
  parentWorkflowId: string | null;
  parentRunId: string | null;
  rootWorkflowId: string | null;
  rootRunId: string | null;
  startTime: number;
  executionTime: number | null;
  closeTime: number | null;
  historyLength: number | null;
  historySizeBytes: number | null;
  stateTransitionCount: number | null;
  executionDuration: number | null;
  wakeAt: number | null;
  /** VIS-10. */
  division: string | null;
  /** Values by `storedKey`, as JSON. */
  custom: string;
  /** What lists answer, as a binary frame. */
  info: Uint8Array;
}

/** Where a run stands in a listing (VIS-9): all three ascending. */
export interface RunPosition {
  /** `OPEN_FIRST` for open runs, else the close time, negated. */
  sortClose: number;
  sortStart: number;
  runId: string;
}

export interface ShardSearch {
  namespace: string;
  query: string;
  attributes: SearchAttributeTypes;
  /** Only what stands in this division, in the words of its kind; workflows and what the query names otherwise (VIS-10). */
  division?: string | undefined;
  limit: number;
  /** Rows after this one. */
  after?: RunPosition | undefined;
  /**
   * The shard's moment at which the listing began: runs that closed after it keep the place that they had while they were open,
   * so that each is listed once. Undefined for the first page.
   */
  asOf?: number | undefined;
}

export interface FoundRun extends RunPosition {
  version: number;
  info: Uint8Array;
}

export interface ShardPage {
  runs: FoundRun[];
  hasMore: boolean;
  asOf: number;
}

export interface ShardCount {
  count: number;
  groups: { value: string | number | null; count: number }[];
}

export interface ShardStatistics {
  runs: number;
  open: number;
  /** Runs whose object should have woken and has not said so. */
  overdue: number;
  tombstones: number;
}

export interface ShardState extends ShardStatistics {
  /** Runs that belong elsewhere by now are on their way there. */
  isMoving: boolean;
  /** The latest change of the number of shards that it has heard of. */
  changes: number;
}

/** Who a shard is: told with every call that writes, since an object cannot read its own name. */
export interface ShardAddress {
  namespace: string;
  shard: number;
  /** Shards that the namespace has now, as far as the caller has heard. */
  shards: number;
  /** How often that number has changed. */
  changes: number;
}

export interface VisibilityApi {
  upsert(at: ShardAddress, runs: readonly IndexedRun[]): Promise<void>;
  erase(at: ShardAddress, runs: readonly { workflowId: string; runId: string }[]): Promise<void>;
  search(search: ShardSearch): Promise<Result<ShardPage>>;
  count(
    search: Pick<ShardSearch, 'namespace' | 'query' | 'attributes' | 'division'>,
  ): Promise<Result<ShardCount>>;
  /** Asks the objects of all runs that it knows for their state, in the background. */
  refresh(at: ShardAddress): Promise<void>;
  /** Moves what belongs elsewhere by now, in the background. */
  rehome(at: ShardAddress): Promise<void>;
  /** Has all workflows erased that it knows, in the background: the namespace is deleted. */
  leave(at: ShardAddress): Promise<void>;
  statistics(): Promise<ShardState>;
  /** Empties the shard, for a namespace that is deleted. */
  clear(): Promise<void>;
}

/** The index as workflow objects see it. */
export interface VisibilityWriter {
  update(namespace: string, workflowId: string, updates: readonly VisibilityUpdate[]): Promise<void>;
  erase(namespace: string, workflowId: string, runIds: readonly string[]): Promise<void>;
}

export interface VisibilityPage {
  executions: WorkflowExecutionInfo[];
  nextPageToken?: Uint8Array;
}

export interface VisibilityCount {
  count: number;
  groups: { value: string | null; count: number }[];
}

/** The index as the service sees it. */
export interface VisibilityIndex extends VisibilityWriter {
  list(
    namespace: string,
    request: {
      query: string;
      pageSize: number;
      nextPageToken?: Uint8Array | undefined;
      division?: string | undefined;
    },
  ): Promise<Result<VisibilityPage>>;
  count(namespace: string, query: string, division?: string): Promise<Result<VisibilityCount>>;
  refresh(namespace: string): Promise<void>;
  rehome(namespace: string): Promise<void>;
  /** Has all workflows of a namespace erased that is deleted, in the background. */
  leave(namespace: string): Promise<void>;
  statistics(namespace: string): Promise<ShardState[]>;
  clear(namespace: string): Promise<void>;
}
