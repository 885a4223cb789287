export * from '../test-workflow-environment.ts';
