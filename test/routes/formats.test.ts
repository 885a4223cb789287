import { describe, expect, test } from 'vitest';
import { testApp } from './fake-execution.ts';

const query = '/api/v1/namespaces/default/workflows/w/query/q';
const LONG = { queryResult: { payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'NDI=' }] } };
const SHORT = { queryResult: [42] };

describe('payloads in answers', () => {
  test.each<[string, string, Record<string, string>, object]>([
    ['are short by default', query, {}, SHORT],
    ['are in full by the Accept header', query, { accept: 'application/json+no-payload-shorthand' }, LONG],
    [
      'are in full by the Accept header with pretty',
      query,
      { accept: 'application/json+pretty+no-payload-shorthand' },
      LONG,
    ],
    ['are in full by the query string', `${query}?noPayloadShorthand`, {}, LONG],
    ['are in full for web UIs', query, { 'caller-type': 'operator' }, LONG],
    ['are short for other callers that name themselves', query, { 'caller-type': 'api' }, SHORT],
  ])('%s', async (_, path, headers, body) => {
    const reply = await testApp().request('POST', path, {}, headers);
    expect(reply.body).toEqual(body);
    expect(reply.headers.get('content-type')).toBe('application/json');
  });

  test.each(['?pretty', ''])('are indented on request: %j', async (suffix) => {
    const headers: Record<string, string> = suffix === '' ? { accept: 'application/json+pretty' } : {};
    const { text } = await testApp().request('POST', query + suffix, {}, headers);
    expect(text).toBe(JSON.stringify(SHORT, undefined, 2));
  });
});

describe('payloads in requests', () => {
  const sent = async (body: object, headers: Record<string, string> = {}, suffix = '') => {
    const app = testApp();
    const reply = await app.request(
      'POST',
      `/namespaces/default/workflows/w/signal/s${suffix}`,
      body,
      headers,
    );
    const { input } = (app.execution.asked[0]?.args[1] ?? {}) as {
      input?: { payloads?: { data?: Uint8Array }[] };
    };
    const texts = input?.payloads?.map(({ data }) => data && new TextDecoder().decode(data));
    return { status: reply.status, texts };
  };

  test('may be short, in full, or both in one list', async () => {
    const full = { metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'NDI=' };
    expect((await sent({ input: [1, 'a', { b: null }, null, full] })).texts).toEqual([
      '1',
      '"a"',
      '{"b":null}',
      undefined,
      '42',
    ]);
    expect((await sent({ input: { payloads: [full] } })).texts).toEqual(['42']);
  });

  test.each<[string, Record<string, string>, string]>([
    ['the media type', { 'content-type': 'application/json+no-payload-shorthand' }, ''],
    ['the query string', {}, '?noPayloadShorthand'],
  ])('must be in full when %s says so', async (_, headers, suffix) => {
    expect((await sent({ input: [1] }, headers, suffix)).status).toBe(400);
  });

  test('null is unset', async () => {
    expect(await sent({ input: null, header: null, workflowExecution: null, identity: null })).toEqual({
      status: 200,
      texts: undefined,
    });
  });
});
