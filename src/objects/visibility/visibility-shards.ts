/** Which shard of a namespace's index a workflow belongs to. It must never change: rows are found again by it alone. */

export const SHARDS_DEFAULT = 4;
export const SHARDS_MAX = 64;

/** All runs of a workflow ID are in one shard. FNV-1a over UTF-16 units, its high bits folded in. */
export function homeShard(workflowId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < workflowId.length; index++)
    hash = Math.imul(hash ^ workflowId.charCodeAt(index), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % shards;
}

/** The name of a shard's object. */
export function visibilityName(namespace: string, shard: number): string {
  return JSON.stringify([namespace, shard]);
}
