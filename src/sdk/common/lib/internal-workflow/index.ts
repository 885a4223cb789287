export * from './enums-helpers.ts';
export * from './objects-helpers.ts';
