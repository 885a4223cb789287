export * from '../workflow-update-stage.ts';
