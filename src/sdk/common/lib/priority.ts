export * from '../priority.ts';
