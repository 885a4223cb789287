export * from '../../converter/payload-search-attributes.ts';
