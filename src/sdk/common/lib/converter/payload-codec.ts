export * from '../../converter/payload-codec.ts';
