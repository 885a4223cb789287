export * from '../plugin.ts';
