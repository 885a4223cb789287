export * from '../user-metadata.ts';
