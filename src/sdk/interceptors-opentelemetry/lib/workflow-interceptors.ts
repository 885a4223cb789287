export * from '../workflow-interceptors.ts';
