export * from '../../converter/serialization-context.ts';
