export * from '../mock-activity-environment.ts';
