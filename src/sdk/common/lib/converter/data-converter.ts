export {
  type DataConverter,
  defaultDataConverter,
  defaultFailureConverter,
  type LoadedDataConverter,
} from '../../converter/data-converter.ts';
