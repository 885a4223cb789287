/**
 * Short names for members of stored objects: names would be most of the bytes of a step, and a row above 1,002 bytes of a table
 * WITHOUT ROWID has an overflow page, which is two more pages for the disk to write.
 *
 * Every key has one short form and every short form one key, whoever chose the key:
 * M1 A known name becomes its code, one or two letters.
 * M2 A key that could pass for a code (at most two characters), for an escaped one, or for an index (which objects move to the
 *    front) is escaped.
 * M3 Any other key stays as it is.
 */

const ESCAPE = '=';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

export class FrameNames {
  readonly #codes = new Map<string, string>();
  readonly #names = new Map<string, string>();

  /** The list is what is stored: append-only. */
  constructor(names: readonly string[]) {
    for (const [index, name] of names.entries()) {
      const code = codeOf(index);
      this.#codes.set(name, code);
      this.#names.set(code, name);
    }
  }

  shorten(key: string): string {
    return this.#codes.get(key) ?? (needsEscape(key) ? ESCAPE + key : key);
  }

  /** Undefined for a code that this release does not know. */
  restore(short: string): string | undefined {
    if (short.startsWith(ESCAPE)) return short.slice(1);
    return short.length > 2 ? short : this.#names.get(short);
  }
}

function codeOf(index: number): string {
  const { length } = LETTERS;
  if (index < length) return LETTERS.charAt(index);
  const rest = index - length;
  return LETTERS.charAt(Math.floor(rest / length)) + LETTERS.charAt(rest % length);
}

function needsEscape(key: string): boolean {
  const first = key.charCodeAt(0);
  return key.length <= 2 || key.startsWith(ESCAPE) || (first >= 0x30 && first <= 0x39);
}
