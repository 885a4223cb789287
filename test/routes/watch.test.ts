import { describe, expect, test } from 'vitest';
import { testApp } from './fake-execution.ts';

const keys = JSON.stringify([
  { name: 'other', key: 'k'.repeat(32), namespaces: { other: 'admin' } },
  { name: 'writer', key: 'w'.repeat(32), namespaces: { default: 'write' } },
]);
const paths = ['history/watch', 'query/q/watch'].flatMap((path) =>
  ['/api/v1', ''].map((prefix) => `${prefix}/namespaces/default/workflows/w/${path}`),
);

describe('following a workflow', () => {
  test.each(paths)('%s is refused without a right to read', async (path) => {
    const app = testApp({}, { bindings: { PERDURE_API_KEYS: keys } });
    const status = async (key?: string) =>
      (await app.request('GET', path, undefined, key ? { authorization: `Bearer ${key}` } : {})).status;
    expect(await status()).toBe(401);
    expect(await status('k'.repeat(32))).toBe(403);
    expect(app.execution.asked).toEqual([]);
  });
});
