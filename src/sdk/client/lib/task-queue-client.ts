export * from '../task-queue-client.ts';
