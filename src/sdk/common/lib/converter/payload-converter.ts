export * from '../../converter/payload-converter.ts';
export * from '../../converter/payload-lists.ts';
