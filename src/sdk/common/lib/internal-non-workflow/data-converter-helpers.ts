import {
  type DataConverter,
  type LoadedDataConverter,
  loadDataConverter as load,
} from '../../converter/data-converter.ts';
import { hostModuleLoader } from '../../converter/host-modules.ts';

export { isLoadedDataConverter } from '../../converter/data-converter.ts';

/** Loads the modules that the converter names by path, with the host's `require`. */
export function loadDataConverter(dataConverter?: DataConverter): LoadedDataConverter {
  return load(dataConverter, hostModuleLoader());
}
