export * from '../logger.ts';
