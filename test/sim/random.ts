/** Chance, all of it from one seed. Streams are told apart by name, so that what one draws does not move another. */

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mix(hash >>> 0);
}

/** From 0 up to, not including, 1: the `nth` draw of a stream. */
export function drawAt(seed: number, stream: number, nth: number): number {
  return mix(mix((seed ^ stream) >>> 0) + Math.imul(nth + 1, 0x9e3779b9)) / 2 ** 32;
}

export class Random {
  readonly #seed: number;
  readonly #stream: number;
  #drawn = 0;

  constructor(seed: number, stream: string) {
    this.#seed = mix(seed >>> 0);
    this.#stream = hashText(stream);
  }

  next(): number {
    return drawAt(this.#seed, this.#stream, this.#drawn++);
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.next() * choices.length)] ?? choices[0];
  }
}
