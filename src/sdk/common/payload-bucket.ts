/**
 * Where large payloads are kept: a bucket of objects, and the names in it. An R2 bucket is one as it is.
 *
 * B1 A name is `payloads/<namespace>/<owner>/<id>`: what one workflow has stored stands under one prefix, so that it can be
 *    erased with the workflow. `<owner>` is made of the workflow's ID by SHA-256.
 * B2 What is stored never changes: an ID is made for one payload and used once.
 */
import { ValueError } from './errors.ts';

/** What is used of an R2 bucket. */
export interface PayloadBucket {
  /** Null when `onlyIf` did not hold. Rejects when the bytes are not those of `sha256`. */
  put(
    key: string,
    value: ReadableStream | Uint8Array,
    options?: {
      onlyIf?: { etagDoesNotMatch: string };
      /** Hexadecimal. */
      sha256?: string;
      customMetadata?: Record<string, string>;
    },
  ): Promise<{ size: number } | null>;
  get(key: string): Promise<{ size: number; body: ReadableStream } | null>;
}

/** Largest payload that is kept, as bytes of its message. */
export const STORED_BYTES_MAX = 100 * 1024 * 1024;

/** Who a payload belongs to. */
export interface PayloadOwner {
  workflowId: string;
  runId?: string;
}

const ID = /^([0-9a-f]{32})\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The ID of a payload that is yet to be stored. */
export async function newPayloadId({ workflowId }: PayloadOwner): Promise<string> {
  return `${await ownerPart(workflowId)}.${crypto.randomUUID()}`;
}

/** Whether `id` was made for this owner. */
export async function isIdOf(id: string, { workflowId }: PayloadOwner): Promise<boolean> {
  return ID.exec(id)?.[1] === (await ownerPart(workflowId));
}

/** B1. Throws `ValueError` for an ID that is none. */
export function bucketKey(namespace: string, id: string): string {
  const owner = ID.exec(id)?.[1];
  if (owner === undefined) throw new ValueError(`id: expected the ID of a stored payload, got '${id}'`);
  return `payloads/${encodeURIComponent(namespace)}/${owner}/${id.slice(owner.length + 1)}`;
}

/** The prefix of everything that a workflow has stored. */
export async function bucketPrefix(namespace: string, { workflowId }: PayloadOwner): Promise<string> {
  return `payloads/${encodeURIComponent(namespace)}/${await ownerPart(workflowId)}/`;
}

/** What stands beside a payload in the bucket, for whoever looks or cleans up. Values are ASCII. */
export function ownerMetadata(
  namespace: string,
  { workflowId, runId }: PayloadOwner,
): Record<string, string> {
  return {
    namespace: encodeURIComponent(namespace),
    workflowId: encodeURIComponent(workflowId),
    ...(runId && { runId: encodeURIComponent(runId) }),
  };
}

async function ownerPart(workflowId: string): Promise<string> {
  return (await sha256Hex(new Uint8Array(new TextEncoder().encode(workflowId)))).slice(0, 32);
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
