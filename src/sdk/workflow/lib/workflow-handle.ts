export * from '../workflow-handle.ts';
