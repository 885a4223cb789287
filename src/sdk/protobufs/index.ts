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
import protobuf from 'protobufjs/light.js';
import { interpretMessages } from './interpreted-types.ts';

export {
  DefaultPayloadConverterWithProtobufs,
  type DefaultPayloadConverterWithProtobufsOptions,
  ProtobufBinaryPayloadConverter,
  ProtobufJsonPayloadConverter,
} from './converters.ts';
export { patchProtobufRoot } from './patch-root.ts';

/** protobufjs compiles its messages to JavaScript; workflow code and Workers may not. */
function canGenerateCode(): boolean {
  try {
    return Function('return true')() === true;
  } catch {
    return false;
  }
}

if (!canGenerateCode()) interpretMessages(protobuf);
