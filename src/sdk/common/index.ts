/**
 * What workflows, activities, clients and workers have in common: failures, data conversion, options, search attributes.
 *
 * @module
 */
export * from './activity-cancellation-details.ts';
export * from './activity-definition-options.ts';
export {
  ActivityCancellationType,
  type ActivityOptions,
  type LocalActivityOptions,
} from './activity-options.ts';
export { SuggestContinueAsNewReason } from './continue-as-new.ts';
export {
  type DataConverter,
  defaultDataConverter,
  defaultFailureConverter,
  type LoadedDataConverter,
} from './converter/data-converter.ts';
export { createEncryptionCodec, type EncryptionCodecOptions } from './converter/encryption-codec.ts';
export * from './converter/extstore.ts';
export * from './converter/failure-converter.ts';
export * from './converter/payload-codec.ts';
export * from './converter/payload-converter.ts';
export * from './converter/payload-lists.ts';
export type {
  ActivitySerializationContext,
  SerializationContext,
  WorkflowSerializationContext,
} from './converter/serialization-context.ts';
export * from './converter/types.ts';
export {
  msNumberToTs,
  msOptionalToTs,
  msToTs,
  optionalTsToDate,
  optionalTsToMs,
  type Timestamp,
  tsToDate,
  tsToMs,
} from './deprecated-time.ts';
export { str, u8 } from './encoding.ts';
export * from './errors.ts';
export * from './failure.ts';
export type { Headers, Next } from './interceptors.ts';
export * from './interfaces.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './priority.ts';
export { compileRetryPolicy, decompileRetryPolicy } from './proto-retry-policy.ts';
export type { RetryPolicy } from './retry-policy.ts';
export {
  defineSearchAttributeKey,
  type SearchAttributeKey,
  type SearchAttributePair,
  type SearchAttributes,
  SearchAttributeType,
  type SearchAttributeUpdatePair,
  type SearchAttributeValue,
  TypedSearchAttributes,
} from './search-attributes.ts';
export { type Duration, msOptionalToNumber, msToNumber, type StringValue } from './time.ts';
export { errorCode, errorMessage } from './type-helpers.ts';
export type { ConverterHint, PayloadTypeInfo, TransferTypeConverter, TypeInfo } from './type-info.ts';
export * from './versioning-intent.ts';
export * from './worker-deployments.ts';
export * from './workflow-definition-options.ts';
export * from './workflow-handle.ts';
export * from './workflow-options.ts';
