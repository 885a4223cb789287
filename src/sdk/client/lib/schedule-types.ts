export * from '../schedule-types.ts';
