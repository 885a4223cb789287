export * from '../type-info.ts';
