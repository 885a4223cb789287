export * from '../../converter/failure-converter.ts';
