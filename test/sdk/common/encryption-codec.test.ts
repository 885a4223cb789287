import { describe, expect, test } from 'vitest';
import { payloadFromBytes, payloadToBytes } from '../../../src/sdk/common/converter/payload-bytes.ts';
import {
  createEncryptionCodec,
  defaultPayloadConverter,
  type Payload,
  PayloadConverterError,
  str,
  ValueError,
} from '../../../src/sdk/common/index.ts';

const oldKey = new Uint8Array(32).fill(1);
const newKey = new Uint8Array(32).fill(2);
const before = createEncryptionCodec({ keys: { old: oldKey }, currentKeyId: 'old' });
const rotated = createEncryptionCodec({ keys: { old: oldKey, new: newKey }, currentKeyId: 'new' });

const payloads = [{ card: '4111-1111' }, 'größe', undefined, new Uint8Array([1, 2, 3])].map(
  (value) => defaultPayloadConverter.toPayload(value) as Payload,
);
const values = (list: Payload[]) => list.map((payload) => defaultPayloadConverter.fromPayload(payload));

describe('the encryption codec', () => {
  test('gives back what it encrypted, and shows none of it', async () => {
    const encoded = await before.encode(payloads);
    expect(JSON.stringify(encoded.map(({ data }) => str(data ?? new Uint8Array())))).not.toContain('4111');
    for (const { metadata } of encoded) {
      expect(str(metadata?.encoding as Uint8Array)).toBe('binary/encrypted');
      expect(str(metadata?.['encryption-key-id'] as Uint8Array)).toBe('old');
      expect(Object.keys(metadata ?? {})).toHaveLength(2);
    }
    expect(values(await before.decode(encoded))).toEqual(values(payloads));
  });

  test('encrypts the same value differently each time', async () => {
    const [first] = await before.encode(payloads);
    const [second] = await before.encode(payloads);
    expect(first?.data).not.toEqual(second?.data);
  });

  test('after a rotation reads what was encrypted before, and encrypts with the new key', async () => {
    expect(values(await rotated.decode(await before.encode(payloads)))).toEqual(values(payloads));
    const [encoded] = await rotated.encode(payloads);
    expect(str(encoded?.metadata?.['encryption-key-id'] as Uint8Array)).toBe('new');
    await expect(before.decode([encoded as Payload])).rejects.toThrow(
      "A payload is encrypted with key 'new', which is not among the keys old",
    );
  });

  test('passes on what is not encrypted', async () => {
    expect(await rotated.decode(payloads)).toEqual(payloads);
  });

  test('says that a key is wrong, and that data was changed', async () => {
    const encoded = await before.encode(payloads);
    const wrong = createEncryptionCodec({ keys: { old: newKey }, currentKeyId: 'old' });
    await expect(wrong.decode(encoded)).rejects.toThrow(PayloadConverterError);
    await expect(wrong.decode(encoded)).rejects.toThrow("cannot be decrypted with key 'old'");
    const changed = encoded.map(({ metadata, data }) => ({ metadata, data: data?.map((byte) => byte ^ 1) }));
    await expect(before.decode(changed as Payload[])).rejects.toThrow('data was changed');
    const cut = encoded.map(({ metadata, data }) => ({ metadata, data: data?.subarray(0, 20) }));
    await expect(before.decode(cut as Payload[])).rejects.toThrow('data was changed');
  });

  test('takes base64 text and imported keys, and refuses what is no key', async () => {
    const text = createEncryptionCodec({ keys: { old: btoa('\u0001'.repeat(32)) }, currentKeyId: 'old' });
    const usages = ['encrypt', 'decrypt'];
    const key = await crypto.subtle.importKey('raw', oldKey, 'AES-GCM', false, usages);
    const imported = createEncryptionCodec({ keys: { old: key }, currentKeyId: 'old' });
    const encoded = await text.encode(payloads);
    expect(values(await imported.decode(encoded))).toEqual(values(payloads));
    const make = (keys: Record<string, Uint8Array | string>, currentKeyId: string) => () =>
      createEncryptionCodec({ keys, currentKeyId });
    expect(make({ a: new Uint8Array(5) }, 'a')).toThrow("Key 'a': expected 16, 24 or 32 bytes, found 5");
    expect(make({ a: '§' }, 'a')).toThrow("Key 'a': expected base64");
    expect(make({ a: oldKey }, 'b')).toThrow(ValueError);
  });
});

describe('a payload as bytes', () => {
  test('is the protobuf message', () => {
    const payload = { metadata: { encoding: new Uint8Array([0x61]) }, data: new Uint8Array([7]) };
    const entry = [0x0a, 8, ...new TextEncoder().encode('encoding'), 0x12, 1, 0x61];
    expect([...payloadToBytes(payload)]).toEqual([0x0a, entry.length, ...entry, 0x12, 1, 7]);
  });

  test('survives sizes around the edges of lengths', () => {
    for (const size of [0, 1, 127, 128, 16_383, 16_384, 2_100_000]) {
      const payload = { metadata: { encoding: new Uint8Array(3) }, data: new Uint8Array(size).fill(5) };
      const { data, metadata } = payloadFromBytes(payloadToBytes(payload));
      expect(Buffer.compare(data as Uint8Array, payload.data)).toBe(0);
      expect(metadata).toEqual(payload.metadata);
    }
  });

  test('of another kind is refused', () => {
    expect(() => payloadFromBytes(new Uint8Array([0x08, 1]))).toThrow(PayloadConverterError);
    expect(() => payloadFromBytes(new Uint8Array([0x0a, 200]))).toThrow(PayloadConverterError);
    expect(() => payloadFromBytes(new Uint8Array([0x12, 5, 1]))).toThrow(PayloadConverterError);
  });
});
