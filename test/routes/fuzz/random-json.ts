/** JSON for a message, from its schema alone: well-formed but for what `spoil` then does to it. */
import { snakeCase } from '../../../src/sdk/common/wire/json-decode.ts';
import type { AnyField, FieldMap, MessageField } from '../../../src/sdk/common/wire/schema.ts';
import type { Random } from '../../conformance/simulation/random.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Values by the name of the member, so that requests meet what earlier ones have made. */
export type Pools = ReadonlyMap<string, readonly string[]>;

const DEPTH_MAX = 6;

export class JsonWriter {
  readonly #random: Random;
  readonly #pools: Pools;

  constructor(random: Random, pools: Pools) {
    this.#random = random;
    this.#pools = pools;
  }

  message(schema: MessageField<FieldMap>, depth = 0): JsonObject {
    const json: JsonObject = {};
    for (const [name, field] of Object.entries(schema.fields)) {
      const isRequired = field.kind === 'required';
      if (!isRequired && !this.#random.chance(depth < 2 ? 0.3 : 0.15)) continue;
      const key = this.#random.chance(0.1) ? snakeCase(name) : name;
      json[key] = name === 'failure' ? this.#failure(field, depth) : this.field(field, name, depth + 1);
    }
    return json;
  }

  field(field: AnyField, name: string, depth: number): Json {
    const random = this.#random;
    switch (field.kind) {
      case 'required':
        return this.field(field.field as AnyField, name, depth);
      case 'lazy':
        return depth > DEPTH_MAX ? null : this.field(field.target(), name, depth);
      case 'message':
        return depth > DEPTH_MAX ? {} : this.message(field, depth);
      case 'list':
        return Array.from({ length: random.between(0, 2) }, () => this.field(field.element, name, depth + 1));
      case 'map':
        return Object.fromEntries(
          Array.from({ length: random.between(0, 2) }, (_, i) => [
            this.#pooled('key', `k${i}`),
            this.field(field.element, name, depth + 1),
          ]),
        );
      case 'enum': {
        const [first = '', ...others] = Object.keys(field.values);
        const short = random.pick([first, ...others]);
        return random.pick<Json>([field.prefix + short, field.prefix + short, field.values[short] ?? 0]);
      }
      case 'payload':
        return this.#payload();
      case 'payloads':
        return random.pick<Json>([[], [this.#value()], [this.#value(), 1], { payloads: [longPayload()] }]);
      default:
        return this.#scalar(field.kind, name);
    }
  }

  #scalar(kind: string, name: string): Json {
    const random = this.#random;
    switch (kind) {
      case 'bool':
        return random.chance(0.5);
      case 'int32':
      case 'int64':
        return random.pick<Json>([0, 1, 2, 3, '5', 100]);
      case 'double':
        return random.pick<Json>([0, 1, 2.5, '2', 1e9]);
      case 'duration':
        return random.pick(['0s', '0.001s', '1s', '60s', '1.500000001s', '86400s']);
      case 'timestamp':
        return random.pick(['2026-01-05T10:00:00Z', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z']);
      case 'bytes':
        return this.#pooled(name, random.pick(['', 'AA==', 'eyJhIjoxfQ==']));
      case 'json':
        return random.pick<Json>([
          {},
          { a: { b: [1, null] } },
          { pinned: {} },
          { workflowEvent: { runId: 'r' } },
        ]);
      default:
        return this.#pooled(name, random.pick(['', 'a', 'b', '日本語', 'a b/c?d#e%']));
    }
  }

  #pooled(name: string, otherwise: string): string {
    const [first, ...others] = this.#pools.get(name) ?? [];
    if (first === undefined || this.#random.chance(0.1)) return otherwise;
    return this.#random.pick([first, ...others]);
  }

  /** One of an application, as most calls want them. */
  #failure(field: AnyField, depth: number): Json {
    if (this.#random.chance(0.3)) return this.field(field, 'failure', depth + 1);
    return { message: 'broken', applicationFailureInfo: { type: 'Broken', details: [this.#value()] } };
  }

  #payload(): Json {
    return this.#random.chance(0.7) ? this.#value() : longPayload();
  }

  #value(): Json {
    return this.#random.pick<Json>([null, true, 7, 'text', { sku: 'lamp', quantity: 1 }, ['a', [2]]]);
  }
}

const longPayload = (): Json => ({ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'NDI=' });
