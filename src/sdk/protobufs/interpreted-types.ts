/**
 * protobufjs compiles each message type to JavaScript when it is first used, which workflow code and Workers do not allow.
 * Here the same is done by walking the type's fields. It is installed into the copy of protobufjs that workflow code has.
 */
import type * as Protobuf from 'protobufjs/light.js';
import { createDecoder } from './interpreted-decoder.ts';
import { createEncoder } from './interpreted-encoder.ts';
import { type Converters, createFromObject, createToObject } from './interpreted-objects.ts';
import type { ProtobufModule } from './reflection.ts';

/** A type with the functions that protobufjs sets on it when it is first used. */
export type SetUpType = Protobuf.Type & Converters;

export function interpretMessages(protobuf: ProtobufModule): void {
  const { Type, wrappers } = protobuf;
  Type.generateConstructor = ((type: Protobuf.Type) => () => constructorOf(type)) as never;
  Type.prototype.setup = function setup(this: SetUpType) {
    for (const field of this.fieldsArray) field.resolve();
    this.encode = createEncoder(protobuf, this);
    this.decode = createDecoder(protobuf, this);
    this.verify = (message) => verify(this, message);
    this.fromObject = createFromObject(protobuf, this);
    this.toObject = createToObject(protobuf, this);
    wrap(this, wrappers[this.fullName]);
    return this;
  };
}

/** Well-known types, such as Any, have conversions of their own around the common ones. */
function wrap(type: SetUpType, wrapper: Protobuf.IWrapper | undefined): void {
  if (wrapper === undefined) return;
  const plain = Object.create(type) as SetUpType;
  plain.fromObject = type.fromObject;
  plain.toObject = type.toObject;
  if (wrapper.fromObject) type.fromObject = wrapper.fromObject.bind(plain) as SetUpType['fromObject'];
  if (wrapper.toObject) type.toObject = wrapper.toObject.bind(plain) as SetUpType['toObject'];
}

function constructorOf(type: Protobuf.Type): (properties?: Record<string, unknown>) => void {
  return function Message(this: Record<string, unknown>, properties) {
    for (const { name, map, repeated } of type.fieldsArray) {
      if (map) this[name] = {};
      else if (repeated) this[name] = [];
    }
    for (const [name, value] of Object.entries(properties ?? {})) {
      if (value !== undefined && value !== null && name !== '__proto__') this[name] = value;
    }
  };
}

/** Gives what is wrong with a message before it is encoded, or null: here, what its encoder says of it. */
function verify(type: Protobuf.Type, message: Record<string, unknown>): string | null {
  if (typeof message !== 'object' || message === null) return 'object expected';
  try {
    type.encode(message);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
