export * from '../workflow-definition-options.ts';
