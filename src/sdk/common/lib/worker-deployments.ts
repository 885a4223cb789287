export * from '../worker-deployments.ts';
