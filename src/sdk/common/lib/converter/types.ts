export * from '../../converter/types.ts';
