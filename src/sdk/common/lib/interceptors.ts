export * from '../interceptors.ts';
