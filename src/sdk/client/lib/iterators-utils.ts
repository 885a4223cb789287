/** Mapping what comes one after another, several at a time. */

export interface MapAsyncOptions {
  /** How many items are worked on at a time. @default 1 */
  concurrency?: number;
  /** How many results wait for the reader before no further item is taken. @default 1000 */
  bufferLimit?: number;
}

const BUFFER_LIMIT = 1000;

/** Maps each item. With a `concurrency` above 1 results come in the order in which they are there. */
export async function* mapAsyncIterable<A, B>(
  source: AsyncIterable<A>,
  mapFn: (item: A) => Promise<B>,
  { concurrency = 1, bufferLimit = BUFFER_LIMIT }: MapAsyncOptions = {},
): AsyncIterable<B> {
  if (concurrency < 2) {
    for await (const item of source) yield await mapFn(item);
    return;
  }
  const results = new Results<B>(bufferLimit + concurrency);
  const items = source[Symbol.asyncIterator]();
  const work = async () => {
    while (await results.mayTake()) {
      const { done, value } = await items.next();
      if (done) return;
      results.add(await mapFn(value));
    }
  };
  Promise.all(Array.from({ length: concurrency }, work)).then(
    () => results.end(),
    (error: unknown) => results.end({ error }),
  );
  try {
    yield* results;
  } finally {
    results.end();
  }
}

/** What is there for the reader. */
class Results<T> implements AsyncIterable<T> {
  readonly #limit: number;
  readonly #waiting: T[] = [];
  /** Items that were taken and whose results the reader does not have yet. */
  #taken = 0;
  #end: { error?: unknown } | undefined;
  #wake: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits until another item may be taken; false once none is wanted any more. */
  async mayTake(): Promise<boolean> {
    while (this.#end === undefined && this.#taken >= this.#limit) await this.#change();
    this.#taken += 1;
    return this.#end === undefined;
  }

  add(result: T): void {
    this.#waiting.push(result);
    this.#tell();
  }

  /** The first end counts. What waits is still given. */
  end(how: { error?: unknown } = {}): void {
    this.#end ??= how;
    this.#tell();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#waiting.splice(0, 1);
      if (next.length > 0) {
        this.#taken -= 1;
        this.#tell();
        yield* next;
      } else if (this.#end === undefined) await this.#change();
      else if ('error' in this.#end) throw this.#end.error;
      else return;
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve);
    });
  }

  #tell(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
