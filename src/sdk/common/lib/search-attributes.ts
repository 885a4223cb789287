export * from '../search-attributes.ts';
