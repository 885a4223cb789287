export * from '../sinks.ts';
