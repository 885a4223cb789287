export * from '../async-completion-client.ts';
