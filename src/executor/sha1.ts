/** SHA-1 of a text as lower-case hexadecimal: synchronous, since workflow code cannot wait for it. Not for secrets. */
export function sha1Hex(text: string): string {
  const words = paddedWords(new TextEncoder().encode(text));
  let [a0, b0, c0, d0, e0] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const schedule = new Int32Array(80);
  for (let block = 0; block < words.length; block += 16) {
    expand(schedule, words, block);
    let [a, b, c, d, e] = [a0, b0, c0, d0, e0];
    for (let round = 0; round < 80; round++) {
      const next = (rotated(a, 5) + mixed(round, b, c, d) + e + (schedule[round] ?? 0)) | 0;
      [e, d, c, b, a] = [d, c, rotated(b, 30), a, next];
    }
    [a0, b0, c0, d0, e0] = [(a0 + a) | 0, (b0 + b) | 0, (c0 + c) | 0, (d0 + d) | 0, (e0 + e) | 0];
  }
  return [a0, b0, c0, d0, e0].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/** Function and constant of a round. */
function mixed(round: number, b: number, c: number, d: number): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

function expand(schedule: Int32Array, words: Int32Array, block: number): void {
  for (let index = 0; index < 16; index++) schedule[index] = words[block + index] ?? 0;
  for (let index = 16; index < 80; index++) {
    const word = (back: number) => schedule[index - back] ?? 0;
    schedule[index] = rotated(word(3) ^ word(8) ^ word(14) ^ word(16), 1);
  }
}

/** Whole blocks of 16 words: the bytes, a one bit, zeros, and the length in bits. */
function paddedWords(bytes: Uint8Array): Int32Array {
  const words = new Int32Array(Math.ceil((bytes.length + 9) / 64) * 16);
  const set = (index: number, byte: number) => {
    words[index >> 2] = (words[index >> 2] ?? 0) | (byte << (24 - (index % 4) * 8));
  };
  for (const [index, byte] of bytes.entries()) set(index, byte);
  set(bytes.length, 0x80);
  words[words.length - 2] = Math.floor(bytes.length / 0x20000000);
  words[words.length - 1] = bytes.length << 3;
  return words;
}
