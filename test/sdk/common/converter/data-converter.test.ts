import { describe, expect, it } from 'vitest';
import {
  ApplicationFailure,
  DefaultFailureConverter,
  DefaultPayloadConverter,
  defaultDataConverter,
  defaultFailureConverter,
  defaultPayloadConverter,
  ExternalStorage,
  type LoadedDataConverter,
  type Payload,
  type PayloadCodec,
  type StorageDriver,
  TimeoutFailure,
  ValueError,
} from '../../../../src/sdk/common/index.ts';
import {
  decodeArrayFromPayloads,
  decodeFailure,
  decodeFromPayloadsAtIndex,
  decodeMapFromPayloads,
  decodeOptionalFailureToOptionalError,
  decodeOptionalSinglePayload,
  decodeUserMetadata,
  encodeErrorToFailure,
  encodeMapToPayloads,
  encodeToPayload,
  encodeToPayloads,
  encodeUserMetadata,
  isLoadedDataConverter,
  loadDataConverter,
} from '../../../../src/sdk/common/internal.ts';

describe('loading a data converter', () => {
  const payloadConverter = new DefaultPayloadConverter();
  const failureConverter = new DefaultFailureConverter();

  it('puts in what is not given', () => {
    expect(loadDataConverter()).toEqual(defaultDataConverter);
    expect(loadDataConverter({}).failureConverter).toBe(defaultFailureConverter);
  });

  it('takes converters as objects, before paths', () => {
    const loaded = loadDataConverter({
      payloadConverter,
      failureConverter,
      payloadConverterPath: './unused',
    });
    expect(loaded.payloadConverter).toBe(payloadConverter);
    expect(loaded.failureConverter).toBe(failureConverter);
    expect(isLoadedDataConverter(loaded)).toBe(true);
    expect(isLoadedDataConverter({ payloadConverter })).toBe(false);
    expect(isLoadedDataConverter(undefined)).toBe(false);
  });

  it('takes converters by path where modules can be loaded', () => {
    const modules: Record<string, unknown> = { '/p': { payloadConverter }, '/f': { failureConverter } };
    const loaded = loadDataConverter(
      { payloadConverterPath: '/p', failureConverterPath: '/f' },
      (path) => modules[path],
    );
    expect(loaded.payloadConverter).toBe(payloadConverter);
    expect(loaded.failureConverter).toBe(failureConverter);
  });

  it.each<[string, () => unknown, string]>([
    ['no export', () => ({}), 'Module /p does not have a `payloadConverter` named export'],
    [
      'a wrong export',
      () => ({ payloadConverter: { toPayload() {} } }),
      'payloadConverter export at /p must be an object with toPayload and fromPayload methods',
    ],
    [
      'no file',
      () => {
        throw Object.assign(new Error('x'), { code: 'MODULE_NOT_FOUND' });
      },
      "Could not find a file at the specified payloadConverterPath: '/p'.",
    ],
  ])('refuses a path with %s', (_name, loadModule, message) => {
    expect(() => loadDataConverter({ payloadConverterPath: '/p' }, loadModule)).toThrow(
      new ValueError(message),
    );
  });

  it('passes on what else a module throws', () => {
    const load = () => {
      throw new SyntaxError('broken');
    };
    expect(() => loadDataConverter({ payloadConverterPath: '/p' }, load)).toThrow(SyntaxError);
  });

  it('says what to do where there are no paths', () => {
    expect(() => loadDataConverter({ failureConverterPath: '/f' })).toThrow(
      "failureConverterPath '/f' cannot be loaded here, where there are no modules by path; set failureConverter to the converter itself",
    );
  });

  it('refuses an object that is no converter', () => {
    const wrong = { toPayload() {} } as never;
    expect(() => loadDataConverter({ payloadConverter: wrong })).toThrow(
      'payloadConverter must be an object with toPayload and fromPayload methods',
    );
  });
});

/** Puts its name around the data, so that order shows. */
const wrapping = (name: string): PayloadCodec => ({
  encode: async (payloads) => payloads.map((payload) => withText(payload, (text) => `${name}(${text})`)),
  decode: async (payloads) =>
    payloads.map((payload) =>
      withText(payload, (text) => {
        if (!text.startsWith(`${name}(`)) throw new Error(`not encoded by ${name}: ${text}`);
        return text.slice(name.length + 1, -1);
      }),
    ),
});

function withText(payload: Payload, change: (text: string) => string): Payload {
  const text = new TextDecoder().decode(payload.data ?? undefined);
  return { ...payload, data: new TextEncoder().encode(change(text)) };
}

const textOf = (payload: Payload | undefined) => new TextDecoder().decode(payload?.data ?? undefined);

const converter: LoadedDataConverter = {
  payloadConverter: defaultPayloadConverter,
  failureConverter: new DefaultFailureConverter({ encodeCommonAttributes: true }),
  payloadCodecs: [wrapping('a'), wrapping('b')],
};

describe('conversion with codecs (CONV-4)', () => {
  it('encodes in order and decodes in reverse', async () => {
    const payloads = await encodeToPayloads(converter, 1, 'x');
    expect(payloads?.map(textOf)).toEqual(['b(a(1))', 'b(a("x"))']);
    expect(await decodeArrayFromPayloads(converter, payloads)).toEqual([1, 'x']);
    expect(await decodeFromPayloadsAtIndex(converter, 1, payloads)).toBe('x');
  });

  it('nothing stays nothing', async () => {
    expect(await encodeToPayloads(converter)).toBeUndefined();
    expect(await decodeArrayFromPayloads(converter, undefined)).toEqual([]);
    expect(await decodeFromPayloadsAtIndex(converter, 0, null)).toBeUndefined();
    expect(await decodeOptionalSinglePayload(converter, undefined)).toBeUndefined();
    expect(await decodeMapFromPayloads(converter, undefined)).toBeUndefined();
    expect(await decodeOptionalFailureToOptionalError(converter, undefined)).toBeUndefined();
    expect(await encodeUserMetadata(converter, undefined, undefined)).toBeUndefined();
  });

  it('applies to maps, single payloads and user metadata', async () => {
    const map = await encodeMapToPayloads(converter, { note: 'rush' });
    expect(textOf(map.note)).toBe('b(a("rush"))');
    expect(await decodeMapFromPayloads(converter, map)).toEqual({ note: 'rush' });
    expect(await decodeOptionalSinglePayload(converter, await encodeToPayload(converter, 5))).toBe(5);
    const metadata = await encodeUserMetadata(converter, 'one line', undefined);
    expect(Object.keys(metadata ?? {})).toEqual(['summary']);
    expect(await decodeUserMetadata(converter, metadata)).toEqual({
      staticSummary: 'one line',
      staticDetails: undefined,
    });
  });

  it('ACT-7: the type of a failure without one is undefined for clients, and empty where it is converted alone', async () => {
    const failure = defaultFailureConverter.errorToFailure(
      ApplicationFailure.create({ message: 'outer', cause: new ApplicationFailure('inner') }),
      defaultPayloadConverter,
    );
    const alone = defaultFailureConverter.failureToError(failure, defaultPayloadConverter);
    expect(alone).toMatchObject({ type: '', cause: { type: '' } });
    const decoded = await decodeOptionalFailureToOptionalError(defaultDataConverter, failure);
    expect(decoded).toMatchObject({ message: 'outer', type: undefined, cause: { type: undefined } });
  });

  it('applies to every payload of a failure and its causes', async () => {
    const error = ApplicationFailure.create({
      message: 'secret',
      details: [1],
      cause: new TimeoutFailure('late', { at: 1 }, 'HEARTBEAT'),
    });
    const failure = await encodeErrorToFailure(converter, error);
    expect(textOf(failure.applicationFailureInfo?.details?.payloads?.[0])).toBe('b(a(1))');
    expect(textOf(failure.cause?.timeoutFailureInfo?.lastHeartbeatDetails?.payloads?.[0])).toBe(
      'b(a({"at":1}))',
    );
    expect(textOf(failure.encodedAttributes)).toMatch(/^b\(a\(.*secret/s);
    expect(textOf(failure.cause?.encodedAttributes)).toMatch(/^b\(a\(.*late/s);
    const back = await decodeOptionalFailureToOptionalError(converter, failure);
    expect(back).toMatchObject({
      message: 'secret',
      details: [1],
      cause: { message: 'late', lastHeartbeatDetails: { at: 1 } },
    });
  });

  it('leaves failures without payloads as they are', async () => {
    const failure = { message: 'x', terminatedFailureInfo: {} };
    expect(await decodeFailure(converter.payloadCodecs, failure)).toEqual(failure);
  });

  it('a codec that loses a payload is found out', async () => {
    const losing: PayloadCodec = { encode: async () => [], decode: async () => [] };
    await expect(encodeToPayload({ ...converter, payloadCodecs: [losing] }, 1)).rejects.toThrow(
      'A payload codec gave no payload for one',
    );
  });
});

describe('external storage', () => {
  const driver = (name: string): StorageDriver => ({
    name,
    type: 'test',
    store: async () => [],
    retrieve: async () => [],
  });

  it('has one driver without a selector, or several with one', () => {
    const only = driver('a');
    const storage = new ExternalStorage({ drivers: [only] });
    expect(storage.payloadSizeThreshold).toBe(256 * 1024);
    expect(storage.driverSelector({}, {})).toBe(only);
    expect(storage.getDriver('a')).toBe(only);
    expect(storage.getDriver('b')).toBeNull();
    const both = new ExternalStorage({ drivers: [only, driver('b')], driverSelector: () => null });
    expect(both.driverSelector({}, {})).toBeNull();
  });

  it.each([
    [{ drivers: [] }, 'ExternalStorage requires at least one driver'],
    [
      { drivers: [driver('a')], payloadSizeThreshold: -1 },
      'payloadSizeThreshold must be a non-negative finite number, got -1',
    ],
    [{ drivers: [driver('')] }, "Storage driver 'name' must be a non-empty string"],
    [{ drivers: [driver('a'), driver('a')] }, "Duplicate storage driver name: 'a'"],
    [
      { drivers: [driver('a'), driver('b')] },
      'driverSelector is required when more than one driver is registered',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => new ExternalStorage(options)).toThrow(message);
  });
});
