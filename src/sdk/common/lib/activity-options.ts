export * from '../activity-options.ts';
