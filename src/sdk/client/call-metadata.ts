/** The headers of a call, in the form that gRPC clients give them. */

type Value = string | Uint8Array;

/** By lower-case name, several values each. Named and behaving like gRPC's `Metadata`, as far as calls over HTTP have use for it. */
export class CallMetadata {
  readonly #entries = new Map<string, Value[]>();

  set(key: string, value: Value): void {
    this.#entries.set(key.toLowerCase(), [value]);
  }

  add(key: string, value: Value): void {
    const values = this.#entries.get(key.toLowerCase());
    if (values === undefined) this.set(key, value);
    else values.push(value);
  }

  remove(key: string): void {
    this.#entries.delete(key.toLowerCase());
  }

  get(key: string): Value[] {
    return [...(this.#entries.get(key.toLowerCase()) ?? [])];
  }

  /** The first value of each. */
  getMap(): Record<string, Value> {
    return Object.fromEntries([...this.#entries].map(([key, values]) => [key, values[0] ?? '']));
  }

  clone(): CallMetadata {
    const copy = new CallMetadata();
    for (const [key, values] of this.#entries) for (const value of values) copy.add(key, value);
    return copy;
  }

  merge(other: CallMetadata): void {
    for (const [key, values] of other.#entries) for (const value of values) this.add(key, value);
  }

  setOptions(): void {}

  getOptions(): Record<string, never> {
    return {};
  }
}
