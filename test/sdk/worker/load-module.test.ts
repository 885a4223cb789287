import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, DefaultPayloadConverter } from 'perdure/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadDataConverter } from '../../../src/sdk/common/converter/data-converter.ts';
import { loadModule } from '../../../src/sdk/worker/load-module.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'perdure-load-module-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SOURCE = `
import { ApplicationFailure, DefaultPayloadConverter } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding';
import { decode } from '@temporalio/common/lib/encoding.js';
class Loud extends DefaultPayloadConverter {
  override toPayload<T>(value: T) {
    if (value === 'fail') throw ApplicationFailure.nonRetryable('not that');
    const payload = super.toPayload(value);
    return { ...payload, data: encode(decode(payload.data).toUpperCase()) };
  }
}
export const payloadConverter = new Loud();`;

it("a converter that imports Temporal's packages by name gets this library, of which the program has one instance", () => {
  const path = join(folder, 'converter.ts');
  writeFileSync(path, SOURCE);
  const { payloadConverter } = loadModule(path) as { payloadConverter: DefaultPayloadConverter };
  expect(payloadConverter).toBeInstanceOf(DefaultPayloadConverter);
  expect(payloadConverter.fromPayload(payloadConverter.toPayload('loud'))).toBe('LOUD');
  expect(() => payloadConverter.toPayload('fail')).toThrow(ApplicationFailure);
});

it('what neither this library has nor the project is named', () => {
  const path = join(folder, 'strange.ts');
  writeFileSync(path, "import { x } from '@temporalio/unheard-of'; export const payloadConverter = x;");
  expect(() => loadModule(path)).toThrow(/@temporalio\/unheard-of/);
  expect(() => loadDataConverter({ payloadConverterPath: path }, loadModule)).toThrow(
    /@temporalio\/unheard-of/,
  );
});
