export * from '../schedule-client.ts';
