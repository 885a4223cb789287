export * from '../workflow-options.ts';
