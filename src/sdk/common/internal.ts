/** What the other SDK packages and the engine use of this one and users do not import. */
export * from './converter/codec-helpers.ts';
export { isLoadedDataConverter, loadDataConverter, type ModuleLoader } from './converter/data-converter.ts';
export * from './converter/payload-search-attributes.ts';
export { enumName, makeEnumConverters } from './enum-converters.ts';
export { composeInterceptors, composeInterceptorsWith } from './interceptors.ts';
export { filterNullAndUndefined, mergeObjects } from './objects-helpers.ts';
export * from './reserved.ts';
export { durationToMs, msOptionalToNumber, msToNumber, optionalDurationToMs } from './time.ts';
export * from './type-helpers.ts';
export { type UserMetadata, userMetadataToPayload } from './user-metadata.ts';
