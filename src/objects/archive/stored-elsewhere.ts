/** What of workflows stands in buckets, beside their objects: histories in the archive, large payloads. */
import { bucketPrefix } from '../../sdk/common/payload-bucket.ts';
import { type ArchiveBucket, erasePrefix, listKeys, type Spared } from './archive-bucket.ts';
import { createHistoryArchive, type HistoryArchive } from './history-archive.ts';

export interface StoredElsewhere {
  readonly archive?: HistoryArchive;
  /** Large payloads of one workflow. */
  readonly payloads?: {
    erase(workflow: { namespace: string; workflowId: string }, spared: Spared): Promise<number>;
    count(workflow: { namespace: string; workflowId: string }): Promise<number>;
  };
}

export interface Buckets {
  archive?: ArchiveBucket | undefined;
  payloads?: ArchiveBucket | undefined;
}

export function storedElsewhere({ archive, payloads }: Buckets): StoredElsewhere {
  return {
    ...(archive && { archive: createHistoryArchive(archive) }),
    ...(payloads && {
      payloads: {
        erase: async ({ namespace, workflowId }, spared) =>
          erasePrefix(payloads, await bucketPrefix(namespace, { workflowId }), spared),
        async count({ namespace, workflowId }) {
          let count = 0;
          for await (const _ of listKeys(payloads, await bucketPrefix(namespace, { workflowId }))) count += 1;
          return count;
        },
      },
    }),
  };
}
