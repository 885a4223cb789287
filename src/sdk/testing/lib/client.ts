export * from '../time-skipping-client.ts';
