export * from '../nexus-client.ts';
export * from '../nexus-errors.ts';
export type { NexusOperationHandle, NexusServiceClient } from '../nexus-handle.ts';
