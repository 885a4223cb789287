/** SipHash-1-3 with a zero key: how a run ID becomes the 64-bit seed of the run's random stream. */

const MASK = 0xffff_ffff_ffff_ffffn;

interface SipState {
  v0: bigint;
  v1: bigint;
  v2: bigint;
  v3: bigint;
}

function rotateLeft(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

function round(state: SipState): void {
  state.v0 = (state.v0 + state.v1) & MASK;
  state.v1 = rotateLeft(state.v1, 13n) ^ state.v0;
  state.v0 = rotateLeft(state.v0, 32n);
  state.v2 = (state.v2 + state.v3) & MASK;
  state.v3 = rotateLeft(state.v3, 16n) ^ state.v2;
  state.v0 = (state.v0 + state.v3) & MASK;
  state.v3 = rotateLeft(state.v3, 21n) ^ state.v0;
  state.v2 = (state.v2 + state.v1) & MASK;
  state.v1 = rotateLeft(state.v1, 17n) ^ state.v2;
  state.v2 = rotateLeft(state.v2, 32n);
}

function littleEndian(bytes: Uint8Array, offset: number, count: number): bigint {
  let word = 0n;
  for (let index = count - 1; index >= 0; index--) word = (word << 8n) | BigInt(bytes[offset + index] ?? 0);
  return word;
}

/** The 64-bit digest of `bytes`. */
export function sipHash13(bytes: Uint8Array): bigint {
  const state: SipState = {
    v0: 0x736f6d6570736575n,
    v1: 0x646f72616e646f6dn,
    v2: 0x6c7967656e657261n,
    v3: 0x7465646279746573n,
  };
  const whole = bytes.length - (bytes.length % 8);
  for (let offset = 0; offset < whole; offset += 8) absorb(state, littleEndian(bytes, offset, 8));
  absorb(state, (BigInt(bytes.length & 0xff) << 56n) | littleEndian(bytes, whole, bytes.length - whole));
  state.v2 ^= 0xffn;
  for (let count = 0; count < 3; count++) round(state);
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

function absorb(state: SipState, word: bigint): void {
  state.v3 ^= word;
  round(state);
  state.v0 ^= word;
}
