/** protobufjs compiles its messages to JavaScript; workflow code and Workers may not. */
import protobuf from 'protobufjs/light.js';
import { interpretMessages } from './interpreted-types.ts';

export function interpretWhereCodeCannotBeGenerated(): void {
  if (!canGenerateCode()) interpretMessages(protobuf);
}

function canGenerateCode(): boolean {
  try {
    return Function('return true')() === true;
  } catch {
    return false;
  }
}
