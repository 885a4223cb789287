export * from '../../objects-helpers.ts';
