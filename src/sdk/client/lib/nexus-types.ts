export * from '../nexus-types.ts';
