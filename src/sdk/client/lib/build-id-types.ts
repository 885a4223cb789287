export * from '../build-id-types.ts';
