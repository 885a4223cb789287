/** Data converters, codecs, failure converters. */

import { Client } from '@temporalio/client';
import {
  type DataConverter,
  DefaultFailureConverter,
  DefaultPayloadConverter,
  type defaultDataConverter,
  type FailureConverter,
  type Payload,
  type PayloadCodec,
  type PayloadConverter,
  type ProtoFailure,
} from '@temporalio/common';
import type { Equal, Expect } from './expect';

class Reversing implements PayloadCodec {
  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => ({ ...payload, data: payload.data?.slice().reverse() }));
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.all(
      payloads.map(async ({ metadata, data }) => ({ metadata, data: data?.slice().reverse() })),
    );
  }
}

class Renaming extends DefaultFailureConverter {
  constructor() {
    super({ encodeCommonAttributes: true });
  }
  override errorToFailure(error: unknown, payloadConverter: PayloadConverter): ProtoFailure {
    const failure = super.errorToFailure(error, payloadConverter);
    return { ...failure, message: `${failure.message ?? ''} (renamed)` };
  }
  override failureToError(failure: ProtoFailure, payloadConverter: PayloadConverter): Error {
    const error = super.failureToError(failure, payloadConverter);
    if (failure.applicationFailureInfo?.type === 'Mine') error.name = 'Mine';
    return error;
  }
}

const plainFailures: FailureConverter = {
  errorToFailure: (error) => ({
    message: String(error),
    source: 'mine',
    stackTrace: '',
    applicationFailureInfo: { type: 'T', nonRetryable: true },
  }),
  failureToError: (failure) => new Error(failure.message ?? undefined),
};

export const converters: DataConverter[] = [
  {},
  { payloadCodecs: [new Reversing()] },
  { payloadConverterPath: '/path/payload-converter.js', failureConverterPath: '/path/failure-converter.js' },
];
export const client = new Client({ dataConverter: { payloadCodecs: [new Reversing()] } });
export const loaded = {
  payloadConverter: new DefaultPayloadConverter(),
  failureConverter: new Renaming(),
  plainFailures,
};
type _Default = Expect<Equal<typeof defaultDataConverter.payloadCodecs, PayloadCodec[]>>;

// @ts-expect-error TS2322: a codec is an object with two functions
export const notACodec: DataConverter = { payloadCodecs: [async (payload: Payload) => payload] };
// @ts-expect-error TS2353: there is no such member
export const unknownMember: DataConverter = { codec: new Reversing() };
// @ts-expect-error TS2322: a path is text
export const badPath: DataConverter = { payloadConverterPath: new URL('file:///x') };
