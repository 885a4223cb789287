export * from '../activity-definition-options.ts';
