// biome-ignore-all lint: odd code is what is tested here.
/** The language itself: each function gives the same inside a workflow and outside of one. */

export async function loops(): Promise<unknown> {
  const seen: number[] = [];
  outer: for (let i = 0; i < 5; i++) {
    for (const j of [1, 2, 3]) {
      if (j === 2) continue outer;
      if (i === 3) break outer;
      seen.push(i * 10 + j);
    }
  }
  let n = 3;
  do n--;
  while (n > 0);
  while (n < 3) n++;
  for (const key in { a: 1, b: 2 }) seen.push(key.length);
  const closures: (() => number)[] = [];
  for (let i = 0; i < 3; i++) closures.push(() => i);
  var hoisted = typeof hoist();
  function hoist() {
    return later;
  }
  var later = 1;
  for (; n < 5; ) n += 1;
  block: {
    if (n === 5) break block;
    seen.push(-1);
  }
  return { seen, n, closures: closures.map((fn) => fn()), hoisted, later };
}

export async function functions(): Promise<unknown> {
  function withDefaults(
    { a = 1, b: { c = 2 } = {} }: { a?: number; b?: { c?: number } } = {},
    ...rest: number[]
  ) {
    return [a, c, ...rest];
  }
  function countArguments(this: unknown): number {
    return arguments.length;
  }
  const recursive = (n: number): number => (n < 2 ? n : recursive(n - 1) + recursive(n - 2));
  const curried = (a: number) => (b: number) => (c: number) => a + b + c;
  const object = {
    value: 3,
    method() {
      return this.value;
    },
    get double(): number {
      return this.value * 2;
    },
    ['computed' + 1]: () => 'c',
    async later() {
      return this.value;
    },
    *numbers() {
      yield this.value;
    },
  };
  const tag = (strings: TemplateStringsArray, ...values: unknown[]) => strings.raw.join('|') + values.join();
  return [
    withDefaults(),
    withDefaults({ a: 5, b: {} }, 7, 8),
    Reflect.apply(countArguments, undefined, [1, 2, 3]),
    recursive(15),
    curried(1)(2)(3),
    object.method(),
    object.double,
    (object as unknown as Record<string, () => string>).computed1?.(),
    await object.later(),
    [...object.numbers()],
    tag`x${1}y\n${2}`,
    withDefaults.name,
    withDefaults.length,
    (() => {}).name,
  ];
}

class Base {
  static count = 0;
  static {
    Base.count = 10;
  }
  #secret = 1;
  protected label = 'base';
  readonly kind: string;
  constructor(kind: string = new.target.name) {
    this.kind = kind;
  }
  get secret() {
    return this.#secret;
  }
  set secret(value) {
    this.#secret = value;
  }
  #hidden() {
    return this.#secret * 100;
  }
  reveal() {
    return this.#hidden();
  }
  static isBase(value: object): boolean {
    return #secret in value;
  }
  describe() {
    return this.label;
  }
}

class Derived extends Base {
  override label = 'derived';
  constructor() {
    super();
    this.secret += 1;
  }
  override describe() {
    return `${super.describe()} ${this.label}`;
  }
  static override isBase = (value: object) => super.isBase(value);
}

export async function classes(): Promise<unknown> {
  const derived = new Derived();
  return [
    derived.kind,
    derived.secret,
    derived.reveal(),
    derived.describe(),
    Base.count,
    Derived.isBase(derived),
    Derived.isBase({}),
    derived instanceof Base,
    class Named {}.name,
    Object.getPrototypeOf(Derived) === Base,
  ];
}

export async function iteration(): Promise<unknown> {
  function* count(to: number): Generator<number, string, boolean | undefined> {
    for (let i = 0; i < to; i++) if (yield i) return 'stopped';
    return 'done';
  }
  async function* slowly(): AsyncGenerator<number> {
    for (const value of count(3)) {
      await Promise.resolve();
      yield value * 2;
    }
  }
  const collected: number[] = [];
  for await (const value of slowly()) collected.push(value);
  const generator = count(5);
  generator.next();
  const stopped = generator.next(true);
  const [first, , third = 'default', ...others] = [1, 2, undefined, 4, 5];
  const { a, ...remaining } = { a: 1, b: 2, c: 3 };
  return [collected, stopped, first, third, others, a, remaining, [...count(3)], Math.max(...[1, 5, 3])];
}

export async function errors(): Promise<unknown> {
  const order: string[] = [];
  const tryIt = () => {
    try {
      order.push('try');
      throw new RangeError('boom');
    } catch (error) {
      const { message } = error as Error;
      order.push(`catch ${message}`);
      return 'returned';
    } finally {
      order.push('finally');
    }
  };
  const returned = tryIt();
  let optional = 'no';
  try {
    JSON.parse('{');
  } catch {
    optional = 'yes';
  }
  const aggregate = await Promise.any([Promise.reject(1), Promise.reject(2)]).catch(
    (error: AggregateError) => error.errors,
  );
  const settled = await Promise.allSettled([1, Promise.reject(new Error('x'))]);
  return [order, returned, optional, aggregate, settled.map(({ status }) => status)];
}

export async function operators(): Promise<unknown> {
  let a: number | null | undefined = null;
  a ??= 5;
  a ||= 6;
  a &&= 7;
  const nothing = undefined as { deep?: { fn?: () => number } } | undefined;
  const big = 2n ** 64n;
  const sparse = [1, , 3];
  const text = 'aXbXc'.replaceAll('X', '-').at(-1);
  const groups = /(?<year>\d{4})-(?<month>\d\d)/u.exec('on 2024-05')?.groups;
  let comma = 0;
  comma = (comma++, comma + 10);
  switch (comma) {
    case 11: {
      const inner = 'block';
      comma += inner.length;
      break;
    }
    case 12:
    case 13:
      comma += 1;
      break;
    default:
      comma = -1;
  }
  return [
    a,
    nothing?.deep?.fn?.(),
    `${big}`,
    sparse.length,
    1 in sparse,
    text,
    { ...groups },
    comma,
    typeof undeclaredThing,
    void 0,
    7 % -3,
    -7 >>> 28,
    0.1 + 0.2,
    [10, 9, 1].sort(),
    Number.parseInt('0x1f', 16),
    delete (sparse as Partial<typeof sparse>)[0],
  ];
}
declare const undeclaredThing: unknown;

/** Names of globals as names of one's own. */
export async function shadows(): Promise<unknown> {
  const describe = (console: string, { process, fetch = 'f' }: { process: string; fetch?: string }) =>
    `${console} ${process} ${fetch}`;
  const Date = class {
    now = 'my own';
  };
  function setInterval(window: number) {
    return window + 1;
  }
  const object = { eval: 1, fetch: 2, process: { env: 3 } };
  const { fetch: got } = object;
  return [
    describe('c', { process: 'p' }),
    new Date().now,
    setInterval(1),
    object.eval,
    object.process.env,
    got,
  ];
}

export async function collections(): Promise<unknown> {
  const map = new Map([
    ['b', 1],
    ['a', 2],
  ]);
  const weak = new WeakMap<object, number>();
  const key = {};
  weak.set(key, 9);
  const proxy = new Proxy({} as Record<string, string>, { get: (_, name) => `got ${String(name)}` });
  const set = new Set([3, 1, 3]);
  const typed = new Uint16Array([1, 2, 3]).map((value) => value * 2);
  const symbol = Symbol('own');
  return [
    [...map].sort(),
    weak.get(key),
    proxy.anything,
    [...set],
    Array.from(typed),
    { [symbol]: 1, plain: 2 },
    Object.entries({ x: 1 }),
    structuredClone({ date: [1, { two: 2 }] }),
    Object.isFrozen(Object.freeze({})),
    [3, 1, 2].toSorted((x, y) => y - x),
    'ß'.localeCompare('z', 'de'),
    new Intl.DateTimeFormat('en', { timeZone: 'UTC', year: 'numeric' }).format(0),
  ];
}

export async function interleaved(): Promise<unknown> {
  const order: number[] = [];
  const task = async (id: number) => {
    for (let step = 0; step < 3; step++) {
      order.push(id * 10 + step);
      await null;
    }
  };
  await Promise.all([task(1), task(2), task(3)]);
  const { promise, resolve } = Promise.withResolvers<string>();
  void Promise.resolve().then(() => resolve('resolved'));
  const thenable = { then: (done: (value: number) => void) => done(42) };
  return [order, await promise, await thenable];
}

/** As libraries begin that look for the language in the global object. */
export async function languageInTheGlobalObject(): Promise<unknown> {
  const { Array: List, Function: Callable, Object: Plain } = globalThis;
  const table = { '%eval%': eval, '%Function%': Callable };
  return [
    Callable.prototype.toString.call(Plain).includes('Object'),
    (() => 1) instanceof Callable,
    new List(2).length,
    Object.values(table).map((value) => typeof value),
  ];
}
