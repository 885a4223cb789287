import { ValueError } from '../errors.ts';
import { errorCode, errorMessage, isRecord } from '../type-helpers.ts';
import type { ExternalStorage } from './extstore.ts';
import { DefaultFailureConverter, type FailureConverter } from './failure-converter.ts';
import type { PayloadCodec } from './payload-codec.ts';
import { defaultPayloadConverter, type PayloadConverter } from './payload-converter.ts';

/** How values become payloads and errors become failures: the same on clients, workers and in workflow code. */
export interface DataConverter {
  /** A converter itself: the form that works everywhere. Wins over `payloadConverterPath`. */
  payloadConverter?: PayloadConverter;
  /** A converter itself: the form that works everywhere. Wins over `failureConverterPath`. */
  failureConverter?: FailureConverter;
  /** Path of a module with a named export `payloadConverter`. Only where modules can be loaded by path. */
  payloadConverterPath?: string;
  /** Path of a module with a named export `failureConverter`. Only where modules can be loaded by path. */
  failureConverterPath?: string;
  /** Applied in order to encode, in reverse to decode. */
  payloadCodecs?: PayloadCodec[];
  /** @experimental */
  externalStorage?: ExternalStorage;
}

/** A data converter with everything in place. */
export interface LoadedDataConverter {
  payloadConverter: PayloadConverter;
  failureConverter: FailureConverter;
  payloadCodecs: PayloadCodec[];
  /** @experimental */
  externalStorage?: ExternalStorage;
}

/** Messages and stack traces as plain text. */
export const defaultFailureConverter: FailureConverter = new DefaultFailureConverter();

export const defaultDataConverter: LoadedDataConverter = {
  payloadConverter: defaultPayloadConverter,
  failureConverter: defaultFailureConverter,
  payloadCodecs: [],
};

/** Gives a module's exports by its path, as `require` does. */
export type ModuleLoader = (path: string) => unknown;

interface ConverterKinds {
  payloadConverter: PayloadConverter;
  failureConverter: FailureConverter;
}

const METHODS: { readonly [K in keyof ConverterKinds]: readonly [string, string] } = {
  payloadConverter: ['toPayload', 'fromPayload'],
  failureConverter: ['errorToFailure', 'failureToError'],
};

function check<K extends keyof ConverterKinds>(
  kind: K,
  converter: unknown,
  where: string,
): ConverterKinds[K] {
  const methods = METHODS[kind];
  if (!isRecord(converter) || !methods.every((method) => typeof converter[method] === 'function')) {
    throw new ValueError(`${where} must be an object with ${methods.join(' and ')} methods`);
  }
  // It has the two methods that make a converter of this kind.
  return converter as unknown as ConverterKinds[K];
}

function load<K extends keyof ConverterKinds>(
  kind: K,
  path: string,
  loadModule?: ModuleLoader,
): ConverterKinds[K] {
  if (!loadModule) {
    throw new ValueError(
      `${kind}Path '${path}' cannot be loaded here, where there are no modules by path; set ${kind} to the converter itself`,
    );
  }
  const module = loadOrExplain(kind, path, loadModule);
  if (!isRecord(module) || !(kind in module)) {
    throw new ValueError(`Module ${path} does not have a \`${kind}\` named export`);
  }
  return check(kind, module[kind], `${kind} export at ${path}`);
}

function loadOrExplain(kind: string, path: string, loadModule: ModuleLoader): unknown {
  try {
    return loadModule(path);
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND' || isAboutImport(error, path)) throw error;
    throw new ValueError(`Could not find a file at the specified ${kind}Path: '${path}'.`);
  }
}

/** Whether the file is there and something that it imports is not. */
function isAboutImport(error: unknown, path: string): boolean {
  const missing = /Cannot find (?:module|package) '([^']+)'/.exec(errorMessage(error) ?? '')?.[1];
  return missing !== undefined && !missing.endsWith(path.replace(/^(?:\.\.?\/)+/, ''));
}

/** Puts the defaults in, checks what was given, and loads what was given by path. */
export function loadDataConverter(
  dataConverter?: DataConverter,
  loadModule?: ModuleLoader,
): LoadedDataConverter {
  const { payloadConverter, failureConverter, payloadConverterPath, failureConverterPath } =
    dataConverter ?? {};
  return {
    payloadConverter: payloadConverter
      ? check('payloadConverter', payloadConverter, 'payloadConverter')
      : payloadConverterPath
        ? load('payloadConverter', payloadConverterPath, loadModule)
        : defaultPayloadConverter,
    failureConverter: failureConverter
      ? check('failureConverter', failureConverter, 'failureConverter')
      : failureConverterPath
        ? load('failureConverter', failureConverterPath, loadModule)
        : defaultFailureConverter,
    payloadCodecs: dataConverter?.payloadCodecs ?? [],
    ...(dataConverter?.externalStorage ? { externalStorage: dataConverter.externalStorage } : {}),
  };
}

/** Whether everything is in place already. */
export function isLoadedDataConverter(
  dataConverter?: DataConverter | LoadedDataConverter,
): dataConverter is LoadedDataConverter {
  return Boolean(
    dataConverter?.payloadConverter &&
      dataConverter.failureConverter &&
      Array.isArray(dataConverter.payloadCodecs),
  );
}
