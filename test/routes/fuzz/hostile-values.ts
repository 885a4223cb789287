/** What no member should hold, and what no body should be. */
import type { Random } from '../../conformance/simulation/random.ts';
import type { Json, JsonObject } from './random-json.ts';

/** JSON that `JSON.stringify` does not write: put in place of a marker, in the text. */
const RAW: Readonly<Record<string, () => string>> = {
  '@@nan@@': () => 'NaN',
  '@@infinity@@': () => '-Infinity',
  '@@huge@@': () => '1e400',
  '@@long@@': () => '9'.repeat(400),
  '@@deepArray@@': () => '['.repeat(10_000) + ']'.repeat(10_000),
  '@@deepObject@@': () => `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  '@@proto@@': () => '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  '@@twice@@': () => '{"name":"a","name":{"name":1}}',
  '@@large@@': () => JSON.stringify('x'.repeat(2 * 1024 * 1024 + 1)),
};

const VALUES: readonly [Json, ...Json[]] = [
  ...Object.keys(RAW),
  ...[null, true, 0, -1, 1.5, 1e100, 2 ** 31, 2 ** 53 + 2, [], [[]], [null], {}, { a: 1 }, { payloads: 3 }],
  ...['', ' ', 'x', '1x', '-5s', '1e3s', '999999999999s', 'NaN', '__proto__', 'constructor', 'toString'],
  ...[
    '\ud800',
    '\u0000',
    '\u202e\ufeff',
    '🦑'.repeat(251),
    'i'.repeat(1001),
    '../../..',
    "'; DROP TABLE events",
  ],
  ...['0001-01-01T00:00:00Z', '2026-02-30T00:00:00Z', '%%%', '=AAA', '99', '-1'],
] as unknown as [Json, ...Json[]];

export const hostileValue = (random: Random): Json => structuredClone(random.pick(VALUES));

/** Puts a hostile value somewhere, or takes something away. */
export function spoil(random: Random, json: JsonObject): void {
  const places: [Json[] | JsonObject, string][] = [];
  collect(json, places);
  const [first, ...others] = places;
  if (first === undefined) return;
  const [parent, key] = random.pick([first, ...others]);
  if (random.chance(0.15)) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, hostileValue(random));
}

function collect(json: Json, places: [Json[] | JsonObject, string][]): void {
  if (typeof json !== 'object' || json === null) return;
  for (const [key, value] of Object.entries(json)) {
    places.push([json, key]);
    collect(value, places);
  }
}

export function render(json: Json): string {
  return JSON.stringify(json).replaceAll(/"(@@\w+@@)"/g, (text, marker: string) => RAW[marker]?.() ?? text);
}

/** A body that was damaged on its way, or never was JSON. */
export function damage(random: Random, text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  switch (random.between(0, 5)) {
    case 0:
      return bytes.subarray(0, random.between(0, bytes.length));
    case 1:
      return Uint8Array.from({ length: random.between(1, 300) }, () => random.between(0, 255));
    case 2:
      return new TextEncoder().encode(random.pick(['null', '[]', '""', '0', ' ', '{', '[{}]', '\ufeff{}']));
    default: {
      const damaged = bytes.slice();
      for (let i = 0; i <= 3; i++) damaged[random.between(0, damaged.length - 1)] = random.between(0, 255);
      return damaged;
    }
  }
}
