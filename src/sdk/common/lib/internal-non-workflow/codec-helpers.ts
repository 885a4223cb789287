export * from '../../converter/codec-helpers.ts';
