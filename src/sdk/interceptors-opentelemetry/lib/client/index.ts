export * from '../../client.ts';
