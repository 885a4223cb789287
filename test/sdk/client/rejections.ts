/** What the promise rejects with. Throws what is of another class, and when it does not reject. */
export async function rejectionOf<E extends Error>(
  type: new (...args: never[]) => E,
  promise: Promise<unknown>,
): Promise<E> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof type)) throw error ?? new Error('it did not fail');
  return error;
}
