/**
 * A router over the segments of paths. Hono's own puts all routes into one regular expression: with some four hundred of them an
 * isolate compiles for 30 ms before its first answer, and again whenever a collection of garbage has thrown the compiled code away.
 *
 * It knows fixed segments, `:name` for a whole segment, and `*` at the end. For anything else it says so, and Hono's
 * `SmartRouter` goes on to the next router of its list.
 */
import { METHOD_NAME_ALL, type Params, type Result, type Router, UnsupportedPathError } from 'hono/router';

interface Route<T> {
  readonly order: number;
  readonly method: string;
  /** Names of the parameters, in the order of the path. */
  readonly names: readonly string[];
  readonly handler: T;
}

interface Segment<T> {
  readonly fixed: Map<string, Segment<T>>;
  /** What follows any one segment. */
  parameter: Segment<T> | undefined;
  /** Routes that end here. */
  readonly routes: Route<T>[];
  /** Routes that take whatever follows, nothing too. */
  readonly open: Route<T>[];
}

interface Found<T> {
  readonly route: Route<T>;
  readonly values: readonly string[];
}

const NO_VALUES: readonly string[] = [];
const NO_PARAMS: Params = Object.freeze(Object.create(null));

export class SegmentRouter<T> implements Router<T> {
  readonly name = 'SegmentRouter';
  readonly #root = emptySegment<T>();
  #count = 0;

  add(method: string, path: string, handler: T): void {
    const isOpen = path === '*' || path.endsWith('/*');
    const names: string[] = [];
    let at = this.#root;
    for (const segment of segmentsOf(isOpen ? path.slice(0, -2) : path)) {
      if (segment.startsWith(':')) names.push(nameOf(segment));
      else if (/[*:{}?]/.test(segment)) throw new UnsupportedPathError();
      at = segment.startsWith(':') ? parameterOf(at) : fixedOf(at, segment);
    }
    const route = { order: this.#count++, method, names, handler };
    (isOpen ? at.open : at.routes).push(route);
  }

  match(method: string, path: string): Result<T> {
    const found: Found<T>[] = [];
    collect(this.#root, segmentsOf(path), { from: 0, method, values: NO_VALUES, found });
    if (found.length > 1) found.sort((a, b) => a.route.order - b.route.order);
    return [found.map(({ route, values }) => [route.handler, paramsOf(route.names, values)])];
  }
}

function emptySegment<T>(): Segment<T> {
  return { fixed: new Map(), parameter: undefined, routes: [], open: [] };
}

/** `/` has one, which is empty. */
function segmentsOf(path: string): string[] {
  return path === '' ? [] : path.slice(path.startsWith('/') ? 1 : 0).split('/');
}

function nameOf(segment: string): string {
  const name = segment.slice(1);
  if (/^\w+$/.test(name)) return name;
  throw new UnsupportedPathError();
}

function parameterOf<T>(at: Segment<T>): Segment<T> {
  at.parameter ??= emptySegment();
  return at.parameter;
}

function fixedOf<T>(at: Segment<T>, segment: string): Segment<T> {
  const known = at.fixed.get(segment) ?? emptySegment<T>();
  at.fixed.set(segment, known);
  return known;
}

interface Walk<T> {
  readonly from: number;
  readonly method: string;
  readonly values: readonly string[];
  readonly found: Found<T>[];
}

function collect<T>(at: Segment<T>, segments: readonly string[], walk: Walk<T>): void {
  const { from, method, values, found } = walk;
  take(at.open, method, values, found);
  const segment = segments[from];
  if (segment === undefined) {
    take(at.routes, method, values, found);
    return;
  }
  const fixed = at.fixed.get(segment);
  if (fixed !== undefined) collect(fixed, segments, { from: from + 1, method, values, found });
  if (at.parameter !== undefined && segment !== '')
    collect(at.parameter, segments, { from: from + 1, method, values: [...values, segment], found });
}

function take<T>(
  routes: readonly Route<T>[],
  method: string,
  values: readonly string[],
  found: Found<T>[],
): void {
  for (const route of routes)
    if (route.method === method || route.method === METHOD_NAME_ALL) found.push({ route, values });
}

function paramsOf(names: readonly string[], values: readonly string[]): Params {
  if (names.length === 0) return NO_PARAMS;
  const params: Params = Object.create(null);
  for (const [index, name] of names.entries()) params[name] = values[index] ?? '';
  return params;
}
