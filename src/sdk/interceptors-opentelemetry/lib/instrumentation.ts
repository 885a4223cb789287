export * from '../instrumentation.ts';
