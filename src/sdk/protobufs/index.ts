/**
 * Payload converters for messages of protobufjs. Imported as `perdure/common/lib/protobufs`, in the module that exports
 * `payloadConverter`; works in workflow code too, where no code can be generated at run time.
 *
 * @example
 * ```ts
 * import { DefaultPayloadConverterWithProtobufs, patchProtobufRoot } from 'perdure/common/lib/protobufs';
 * import unpatchedRoot from './json-module.js'; // pbjs -t json-module -w es6 -o json-module.js *.proto
 *
 * export const payloadConverter = new DefaultPayloadConverterWithProtobufs({
 *   protobufRoot: patchProtobufRoot(unpatchedRoot),
 * });
 * ```
 *
 * @module
 */
import { interpretWhereCodeCannotBeGenerated } from './code-generation.ts';

export {
  DefaultPayloadConverterWithProtobufs,
  type DefaultPayloadConverterWithProtobufsOptions,
  ProtobufBinaryPayloadConverter,
  ProtobufJsonPayloadConverter,
} from './converters.ts';
export { patchProtobufRoot } from './patch-root.ts';

interpretWhereCodeCannotBeGenerated();
