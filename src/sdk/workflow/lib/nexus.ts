export * from '../nexus.ts';
