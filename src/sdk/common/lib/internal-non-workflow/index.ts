export * from './codec-helpers.ts';
export * from './data-converter-helpers.ts';
