import { DefaultPayloadConverterWithProtobufs } from '../../../src/sdk/protobufs/index.ts';
import { root } from './root.ts';

export const payloadConverter = new DefaultPayloadConverterWithProtobufs({ protobufRoot: root });
