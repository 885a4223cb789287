/** Messages of protobufjs as payloads, in binary or as JSON, with the message type's name in their metadata. */

import protojson from 'protobufjs/ext/protojson.js';
import type { Message, Root, Type } from 'protobufjs/light.js';
import {
  BinaryPayloadConverter,
  CompositePayloadConverter,
  encodingTypes,
  JsonPayloadConverter,
  METADATA_ENCODING_KEY,
  METADATA_MESSAGE_TYPE_KEY,
  type Payload,
  PayloadConverterError,
  type PayloadConverterWithEncoding,
  UndefinedPayloadConverter,
  ValueError,
} from '../common/index.ts';

const utf8 = new TextEncoder();
const encode = (text: string): Uint8Array => utf8.encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

abstract class ProtobufPayloadConverter implements PayloadConverterWithEncoding {
  protected readonly root: Root | undefined;
  abstract encodingType: string;

  /** @param root - What `patchProtobufRoot` gave; needed to read, not to write. */
  constructor(root?: unknown) {
    if (root && !isRoot(root)) throw new TypeError('root must be an instance of a protobufjs Root');
    this.root = root ? (root as Root) : undefined;
  }

  abstract toPayload<T>(value: T): Payload | undefined;
  abstract fromPayload<T>(payload: Payload): T;

  protected validatePayload(content: Payload): { messageType: Type; data: Uint8Array } {
    if (content.data === undefined || content.data === null) throw new ValueError('Got payload with no data');
    const nameBytes = content.metadata?.[METADATA_MESSAGE_TYPE_KEY];
    if (nameBytes === undefined || nameBytes === null)
      throw new ValueError(`Got protobuf payload without metadata.${METADATA_MESSAGE_TYPE_KEY}`);
    if (this.root === undefined)
      throw new PayloadConverterError('Unable to deserialize protobuf message without `root` being provided');
    return { messageType: lookUp(this.root, decode(nameBytes)), data: content.data };
  }

  protected constructPayload({
    messageTypeName,
    message,
  }: {
    messageTypeName: string;
    message: Uint8Array;
  }): Payload {
    return {
      metadata: {
        [METADATA_ENCODING_KEY]: encode(this.encodingType),
        [METADATA_MESSAGE_TYPE_KEY]: encode(messageTypeName),
      },
      data: message,
    };
  }
}

/** protobufjs messages, as `binary/protobuf`. */
export class ProtobufBinaryPayloadConverter extends ProtobufPayloadConverter {
  encodingType = encodingTypes.METADATA_ENCODING_PROTOBUF;

  toPayload(value: unknown): Payload | undefined {
    const type = messageTypeOf(value);
    if (type === undefined) return undefined;
    const message = plainBytes(type.encode(value as Message).finish());
    return this.constructPayload({ messageTypeName: wireName(type), message });
  }

  fromPayload<T>(content: Payload): T {
    const { messageType, data } = this.validatePayload(content);
    // The caller chose `T`; the payload names its type.
    return withPlainBytes(messageType.decode(plainBytes(data))) as T;
  }
}

/** protobufjs messages in protobuf's JSON form, as `json/protobuf`. Unknown fields are passed over. */
export class ProtobufJsonPayloadConverter extends ProtobufPayloadConverter {
  encodingType = encodingTypes.METADATA_ENCODING_PROTOBUF_JSON;

  toPayload(value: unknown): Payload | undefined {
    const type = messageTypeOf(value);
    if (type === undefined) return undefined;
    const json = protojson.toJson(type, value as Message);
    return this.constructPayload({ messageTypeName: wireName(type), message: encode(JSON.stringify(json)) });
  }

  fromPayload<T>(content: Payload): T {
    const { messageType, data } = this.validatePayload(content);
    const json: unknown = JSON.parse(decode(data));
    const message = protojson.fromJson(messageType, json as Parameters<typeof protojson.fromJson>[1], {
      ignoreUnknownFields: true,
    });
    return withPlainBytes(message) as T;
  }
}

export interface DefaultPayloadConverterWithProtobufsOptions {
  /** What `patchProtobufRoot` gave. */
  protobufRoot: Record<string, unknown>;
}

/** undefined, bytes, protobuf messages (written as JSON, read in either form), then JSON. */
export class DefaultPayloadConverterWithProtobufs extends CompositePayloadConverter {
  constructor({ protobufRoot }: DefaultPayloadConverterWithProtobufsOptions) {
    super(
      new UndefinedPayloadConverter(),
      new BinaryPayloadConverter(),
      new ProtobufJsonPayloadConverter(protobufRoot),
      new ProtobufBinaryPayloadConverter(protobufRoot),
      new JsonPayloadConverter(),
    );
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** By name, since there may be several copies of protobufjs. */
const classNameOf = (value: object): unknown =>
  (value.constructor as { className?: unknown } | undefined)?.className;

const isRoot = (value: unknown): boolean => isObject(value) && classNameOf(value) === 'Root';

/** The reflected type of a message; undefined for all other values. */
function messageTypeOf(value: unknown): Type | undefined {
  if (!isObject(value) || !('$type' in value)) return undefined;
  const type = value.$type;
  return isObject(type) && classNameOf(type) === 'Type' ? (type as Type) : undefined;
}

function lookUp(root: Root, name: string): Type {
  try {
    return root.lookupType(name);
  } catch (error) {
    if (error instanceof Error && error.message.includes('no such type')) {
      throw new PayloadConverterError(
        `Got a \`${name}\` protobuf message but cannot find corresponding message class in \`root\``,
      );
    }
    throw error;
  }
}

/** Without the dot with which protobufjs marks names from the root. */
const wireName = ({ fullName }: Type): string => fullName.replace(/^\./, '');

/** The same bytes as a plain Uint8Array of this realm. */
const plainBytes = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

/** Replaces the Buffers that protobufjs makes where there are any: they compare and print otherwise, and share memory. */
function withPlainBytes(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (ArrayBuffer.isView(value)) return value instanceof Uint8Array ? new Uint8Array(value) : value;
  const members = value as Record<string, unknown>;
  for (const [member, child] of Object.entries(members)) {
    if (isObject(child)) members[member] = withPlainBytes(child);
  }
  return value;
}
