export * from '../trigger.ts';
