import { UnsupportedPathError } from 'hono/router';
import { TrieRouter } from 'hono/router/trie-router';
import { describe, expect, it } from 'vitest';
import { SegmentRouter } from '../../src/routes/segment-router.ts';
import { pathsOf } from '../../src/sdk/client/calls/call.ts';
import { CALLS } from '../../src/sdk/client/calls/index.ts';
import { routerPath } from '../../src/sdk/client/calls/path.ts';

/** What the app registers: what stands before its routes, its calls, and what answers other methods. */
const ROUTES: readonly [method: string, path: string][] = [
  ['ALL', '*'],
  ['ALL', '/api/v1/*'],
  ['ALL', '/namespaces/*'],
  ['ALL', '/cluster'],
  ...Object.values(CALLS).flatMap((call) =>
    pathsOf(call).map((path): [string, string] => [call.method, routerPath(path)]),
  ),
  ...Object.values(CALLS).flatMap((call) =>
    pathsOf(call).map((path): [string, string] => ['ALL', routerPath(path)]),
  ),
];

const TAILS = ['', '/', '/x', '/x/', '//', '?', '%2F', '/constructor', '/__proto__'];

/** Paths that fit a route and paths that nearly do. What looks like a pattern is left out: the other router finds that twice. */
function pathsToAsk(): string[] {
  const filled = ROUTES.map(([, path]) => path.replaceAll(/:p\d+/g, 'one').replace('*', 'rest'));
  const starred = ROUTES.map(([, path]) => path.replaceAll(/:p\d+/g, 'a%20b').replace('/*', ''));
  const paths = [...filled, ...starred].filter((path) => path.startsWith('/') && !path.includes('*'));
  return [...new Set(paths.flatMap((path) => TAILS.map((tail) => path + tail)))];
}

type Matches = [handler: string, params: Record<string, string>][];

describe('routes by segments', () => {
  it("finds what Hono's own router finds, in the same order, with the same parameters", () => {
    const ours = new SegmentRouter<string>();
    const theirs = new TrieRouter<string>();
    for (const [index, [method, path]] of ROUTES.entries()) {
      ours.add(method, path, `${index} ${path}`);
      theirs.add(method, path, `${index} ${path}`);
    }
    let matches = 0;
    for (const path of pathsToAsk()) {
      for (const method of ['GET', 'POST', 'DELETE', 'PUT']) {
        const [found] = ours.match(method, path) as [Matches];
        const [expected] = theirs.match(method, path) as [Matches];
        const plain = (list: Matches) => list.map(([handler, params]) => [handler, { ...params }]);
        expect(plain(found), `${method} ${path}`).toEqual(plain(expected));
        matches += found.length;
      }
    }
    expect(matches).toBeGreaterThan(10_000);
  });

  it('a fixed segment and a parameter in the same place are both found', () => {
    const router = new SegmentRouter<string>();
    router.add('GET', '/a/:name/c', 'parameter');
    router.add('GET', '/a/b/c', 'fixed');
    expect(router.match('GET', '/a/b/c')).toEqual([
      [
        ['parameter', { name: 'b' }],
        ['fixed', {}],
      ],
    ]);
    expect(router.match('GET', '/a//c')).toEqual([[]]);
  });

  it.each(['/a/:b?', '/a/:b{[0-9]+}', '/a/*/c', '/:a-:b'])('leaves %s to another router', (path) => {
    expect(() => new SegmentRouter<string>().add('GET', path, '')).toThrow(UnsupportedPathError);
  });
});
