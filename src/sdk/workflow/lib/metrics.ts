export * from '../metrics.ts';
