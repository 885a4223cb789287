import { mapConcurrently } from '../workflow-list.ts';

export interface MapAsyncOptions {
  /** How many items are worked on at a time. @default 1 */
  concurrency?: number;
  /** Accepted for code that sets it: no more than `concurrency` results are held. */
  bufferLimit?: number;
}

/** Maps each item, in order. */
export async function* mapAsyncIterable<A, B>(
  source: AsyncIterable<A>,
  mapFn: (item: A) => Promise<B>,
  { concurrency = 1 }: MapAsyncOptions = {},
): AsyncIterable<B> {
  yield* mapConcurrently(source, concurrency, mapFn);
}
