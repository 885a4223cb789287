export * from '../activity-interceptors.ts';
export * from '../interceptors.ts';
export * from '../nexus-interceptors.ts';
