/** The message without its undefined members: messages in memory leave out what is unset. For hot paths: no closures, no entry arrays. */
export function compact<T extends object>(message: T): T {
  const result: Partial<T> = {};
  for (const key in message) if (message[key] !== undefined) result[key] = message[key];
  // Sound: only members whose value is undefined are missing, and their types allow that.
  return result as T;
}
