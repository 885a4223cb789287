/** Payloads kept elsewhere. What breaks if a driver fails, a reference is passed on, or nobody is configured to follow it? */
import { describe, expect, test } from 'vitest';
import {
  decodeArrayFromPayloads,
  encodeErrorToFailure,
  encodeToPayloads,
} from '../../../../src/sdk/common/converter/codec-helpers.ts';
import {
  isReference,
  readReference,
  toReference,
} from '../../../../src/sdk/common/converter/external-payloads.ts';
import {
  ApplicationFailure,
  defaultDataConverter,
  defaultPayloadConverter,
  ExternalStorage,
  ExternalStorageNotConfiguredError,
  type LoadedDataConverter,
  type Payload,
  type PayloadCodec,
  RawValue,
  type StorageDriver,
  StorageDriverClaim,
  type StorageDriverStoreContext,
} from '../../../../src/sdk/common/index.ts';

class MapDriver implements StorageDriver {
  readonly name: string;
  readonly type = 'map';
  readonly kept = new Map<string, Payload>();
  readonly contexts: StorageDriverStoreContext[] = [];

  constructor(name: string) {
    this.name = name;
  }

  async store(context: StorageDriverStoreContext, payloads: Payload[]): Promise<StorageDriverClaim[]> {
    this.contexts.push(context);
    return payloads.map((payload) => {
      const key = `${this.name}-${this.kept.size}`;
      this.kept.set(key, payload);
      return new StorageDriverClaim({ key });
    });
  }

  async retrieve(_context: unknown, claims: StorageDriverClaim[]): Promise<Payload[]> {
    return claims.flatMap(({ claimData }) => this.kept.get(claimData.key ?? '') ?? []);
  }
}

const flip: PayloadCodec = {
  encode: async (payloads) => payloads.map(flipped),
  decode: async (payloads) => payloads.map(flipped),
};
const flipped = ({ metadata, data }: Payload): Payload => ({
  metadata: metadata ?? {},
  data: (data ?? new Uint8Array()).map((byte) => byte ^ 0xff),
});

const long = 'x'.repeat(100);
const context = { type: 'workflow', namespace: 'n', workflowId: 'w' } as const;

function converterWith(
  externalStorage: ExternalStorage,
  ...payloadCodecs: PayloadCodec[]
): LoadedDataConverter {
  return { ...defaultDataConverter, payloadCodecs, externalStorage };
}

describe('external storage: what is stored', () => {
  test('payloads that reach the threshold, in their order, after the codecs', async () => {
    const driver = new MapDriver('one');
    const converter = converterWith(
      new ExternalStorage({ drivers: [driver], payloadSizeThreshold: 100 }),
      flip,
    );
    const payloads = (await encodeToPayloads(converter, 'a', long, 'b', `${long}!`)) ?? [];
    expect(payloads.map(isReference)).toEqual([false, true, false, true]);
    expect(payloads.filter(isReference).map((it) => readReference(it).claimData.key)).toEqual([
      'one-0',
      'one-1',
    ]);
    const [stored] = driver.kept.values();
    expect(stored).toEqual(flipped(defaultPayloadConverter.toPayload(long)));
    expect(await decodeArrayFromPayloads(converter, payloads)).toEqual(['a', long, 'b', `${long}!`]);
  });

  test('the threshold counts the whole message, as Temporal does', async () => {
    const payload = defaultPayloadConverter.toPayload('x'.repeat(500));
    // 2 + 2 + 8 + 2 + 10 of metadata and 1 + 2 of its own header before 502 bytes of data.
    const size = 527 + 2;
    const storing = async (payloadSizeThreshold: number) => {
      const storage = new ExternalStorage({ drivers: [new MapDriver('one')], payloadSizeThreshold });
      return (await encodeToPayloads(converterWith(storage), RawValue.fromPayload(payload)))?.map(
        isReference,
      );
    };
    expect(await storing(size)).toEqual([true]);
    expect(await storing(size + 1)).toEqual([false]);
  });

  test('the selector chooses the driver, and may keep a payload inline', async () => {
    const [first, second] = [new MapDriver('first'), new MapDriver('second')];
    const storage = new ExternalStorage({
      drivers: [first, second],
      payloadSizeThreshold: 0,
      driverSelector: (_context, { data }) =>
        data === undefined || data === null || data.length > 10 ? null : data.length > 5 ? second : first,
    });
    const converter = converterWith(storage);
    const payloads = (await encodeToPayloads(converter, 'abcdef', 1, 'abcdefghijkl', 2)) ?? [];
    expect(payloads.map((it) => isReference(it) && readReference(it).driverName)).toEqual([
      'second',
      'first',
      false,
      'first',
    ]);
    expect(await decodeArrayFromPayloads(converter, payloads)).toEqual(['abcdef', 1, 'abcdefghijkl', 2]);
  });

  test('the driver learns whose it is', async () => {
    const driver = new MapDriver('one');
    const converter = converterWith(new ExternalStorage({ drivers: [driver], payloadSizeThreshold: 0 }));
    const { payloadConverter } = converter;
    await encodeErrorToFailure(converter, ApplicationFailure.create({ details: [long] }), context);
    expect(driver.contexts.map(({ target }) => target)).toEqual([
      { kind: 'workflow', namespace: 'n', id: 'w' },
    ]);
    expect([...driver.kept.values()]).toEqual([payloadConverter.toPayload(long)]);
  });

  test('a reference that is passed on is neither coded nor stored again', async () => {
    const driver = new MapDriver('one');
    const converter = converterWith(
      new ExternalStorage({ drivers: [driver], payloadSizeThreshold: 0 }),
      flip,
    );
    const reference = toReference({ driverName: 'one', claimData: { key: 'k' }, sizeBytes: 7 });
    expect(await encodeToPayloads(converter, RawValue.fromPayload(reference))).toEqual([reference]);
    expect(driver.kept.size).toBe(0);
  });
});

describe('external storage: what goes wrong', () => {
  test('a reference where nothing is configured says so', async () => {
    const reference = toReference({ driverName: 'one', claimData: {}, sizeBytes: 0 });
    await expect(decodeArrayFromPayloads(defaultDataConverter, [reference])).rejects.toThrow(
      ExternalStorageNotConfiguredError,
    );
  });

  test('a driver that nobody registered is named', async () => {
    const converter = converterWith(new ExternalStorage({ drivers: [new MapDriver('one')] }));
    const reference = toReference({ driverName: 'two', claimData: {}, sizeBytes: 0 });
    await expect(decodeArrayFromPayloads(converter, [reference])).rejects.toThrow(
      "No driver registered with name 'two'",
    );
  });

  test('a driver that gives fewer claims than payloads is refused', async () => {
    const driver = new MapDriver('one');
    driver.store = async () => [];
    const converter = converterWith(new ExternalStorage({ drivers: [driver], payloadSizeThreshold: 0 }));
    await expect(encodeToPayloads(converter, 'a')).rejects.toThrow(
      "Driver 'one' returned 0 claims for 1 payloads",
    );
  });

  test('the first driver that fails aborts the others, and its error is thrown', async () => {
    const [bad, slow] = [new MapDriver('bad'), new MapDriver('slow')];
    bad.store = async () => {
      throw new Error('bucket on fire');
    };
    slow.store = ({ abortSignal }) =>
      new Promise((_, reject) => {
        abortSignal?.addEventListener('abort', () => reject(new Error('told to stop')));
      });
    const storage = new ExternalStorage({
      drivers: [slow, bad],
      payloadSizeThreshold: 0,
      driverSelector: (_context, { data }) => (data?.length === 1 ? slow : bad),
    });
    await expect(encodeToPayloads(converterWith(storage), 1, 22)).rejects.toThrow('bucket on fire');
  });
});
