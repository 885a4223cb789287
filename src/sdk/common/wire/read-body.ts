/** Bodies of requests and responses that others send: read to their end, and no further than a bound. */

/** Undefined for a body of more bytes than that; what is left of it is not read. Rejects for one that breaks off. */
export async function readBody(
  message: Request | Response,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const declared = Number(message.headers.get('content-length') ?? 0);
  if (declared > bytesMax) return undefined;
  // In one piece where its length is known: a stream costs a turn of the event loop for each of its pieces.
  if (declared > 0) return within(new Uint8Array(await message.arrayBuffer()), bytesMax);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of message.body ?? []) {
    length += chunk.length;
    if (length > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return join(chunks, length);
}

/** What is declared of a body need not be so once it is decompressed. */
function within(bytes: Uint8Array, bytesMax: number): Uint8Array | undefined {
  return bytes.length > bytesMax ? undefined : bytes;
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks;
  if (first && chunks.length === 1) return first;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
