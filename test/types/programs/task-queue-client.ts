/** Sets of build IDs, which are deprecated: code that uses them. */
import {
  BuildIdNotFoundError,
  type BuildIdOperation,
  type Client,
  decodeTaskReachability,
  encodeTaskReachability,
  type ReachabilityOptions,
  type ReachabilityResponse,
  type ReachabilityType,
  TaskQueueClient,
  UnversionedBuildId,
  type WorkerBuildIdVersionSets,
} from '@temporalio/client';
import type { Equal, Expect } from './expect';

const operations: BuildIdOperation[] = [
  { operation: 'addNewIdInNewDefaultSet', buildId: '1' },
  { operation: 'addNewCompatibleVersion', buildId: '2', existingCompatibleBuildId: '1', promoteSet: true },
  { operation: 'promoteSetByBuildId', buildId: '1' },
  { operation: 'promoteBuildIdWithinSet', buildId: '1' },
  { operation: 'mergeSets', primaryBuildId: '1', secondaryBuildId: '2' },
];

export async function usesSets(client: Client): Promise<string | undefined> {
  for (const operation of operations) await client.taskQueue.updateBuildIdCompatibility('q', operation);
  const own = new TaskQueueClient({ connection: client.connection, namespace: 'default' });
  const sets = await own.getBuildIdCompatability('q');
  type _Sets = Expect<Equal<typeof sets, WorkerBuildIdVersionSets | undefined>>;
  const options: ReachabilityOptions = {
    buildIds: [UnversionedBuildId, '1'],
    reachability: 'OPEN_WORKFLOWS',
  };
  const reached: ReachabilityResponse = await own.getReachability(options);
  const types = reached.buildIdReachability['1']?.taskQueueReachability.q;
  if (types?.includes('NOT_FETCHED')) throw new BuildIdNotFoundError('1');
  // @ts-expect-error TS2345: one of buildIds and taskQueues is needed
  await own.getReachability({ reachability: 'OPEN_WORKFLOWS' });
  // @ts-expect-error TS2322: not an operation
  await own.updateBuildIdCompatibility('q', { operation: 'forget', buildId: '1' });
  return sets?.defaultSet.default;
}

const decoded = decodeTaskReachability(encodeTaskReachability('NEW_WORKFLOWS'));
type _Decoded = Expect<Equal<typeof decoded, ReachabilityType | undefined>>;
