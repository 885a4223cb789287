/** Tells what is there at once from what must be waited for. */

/** Several times what an attempt takes whose function waits for nothing. */
const MICROTASKS_MAX = 100;

/** Resolves when microtasks alone have not got there, or have. */
export async function afterMicrotasks(isThere: () => boolean): Promise<void> {
  for (let microtask = 0; microtask < MICROTASKS_MAX && !isThere(); microtask++) await undefined;
}
