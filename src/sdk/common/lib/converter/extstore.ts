export * from '../../converter/extstore.ts';
