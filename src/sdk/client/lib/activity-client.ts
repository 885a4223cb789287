export * from '../activity-client.ts';
