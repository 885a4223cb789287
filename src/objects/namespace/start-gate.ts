/**
 * The two limits of a namespace that no single workflow can see: starts per second, and workflows open at a time.
 *
 * G1 A namespace without these limits costs nothing here.
 * G2 Starts per second are tokens that the namespace's object gives out, a tenth of a second's worth at a time: each isolate spends
 *    what it has got, and what it has not spent within a second is lost.
 * G3 Open workflows are those that the index lists, looked up at most once a second, and those begun here since.
 */
import type { Result } from '../../engine/api.ts';
import type { NamespaceDirectory, NamespaceRecord } from './namespace-api.ts';

export interface StartGateOptions {
  namespaces: Pick<NamespaceDirectory, 'takeStarts'>;
  /** Open workflows of a namespace, as far as the index knows; undefined where nothing is listed. */
  countOpen(namespace: string): Promise<number | undefined>;
  now?: () => number;
}

export interface StartGate {
  /** Before a start. A refusal is RESOURCE_EXHAUSTED, and passes. */
  admit(record: NamespaceRecord): Promise<Result<undefined>>;
}

interface Spendable {
  tokens: number;
  until: number;
}

interface OpenCount {
  count: number;
  readAt: number;
}

const FRESH_MS = 1000;
const SHARES_PER_SECOND = 10;
/** Namespaces that are remembered at a time. */
const REMEMBERED_MAX = 1000;
const ADMITTED = { ok: true, value: undefined } as const;

export function createStartGate({ namespaces, countOpen, now = Date.now }: StartGateOptions): StartGate {
  const tokens = new Map<string, Spendable>();
  const open = new Map<string, OpenCount>();

  async function takeToken(name: string, perSecond: number): Promise<boolean> {
    const held = tokens.get(name);
    if (held !== undefined && held.tokens > 0 && held.until > now()) {
      held.tokens -= 1;
      return true;
    }
    const wanted = Math.max(1, Math.floor(perSecond / SHARES_PER_SECOND));
    const given = await namespaces.takeStarts(name, { wanted, perSecond });
    if (given === 0) return false;
    // Others of this isolate may have asked meanwhile: what they have got is kept.
    const now_ = tokens.get(name);
    const left = now_ !== undefined && now_.until > now() ? now_.tokens : 0;
    remember(tokens, name, { tokens: left + given - 1, until: now() + FRESH_MS });
    return true;
  }

  async function isFull(name: string, most: number): Promise<boolean> {
    let known = open.get(name);
    if (known === undefined || now() - known.readAt >= FRESH_MS) {
      const count = await countOpen(name);
      if (count === undefined) return false;
      known = { count, readAt: now() };
      remember(open, name, known);
    }
    if (known.count >= most) return true;
    known.count += 1;
    return false;
  }

  return {
    async admit({ name, limits }) {
      const { startsPerSecond, openWorkflows } = limits ?? {};
      if (openWorkflows !== undefined && (await isFull(name, openWorkflows)))
        return refused(`namespace ${name} has reached its limit of ${openWorkflows} open workflows`);
      if (startsPerSecond !== undefined && !(await takeToken(name, startsPerSecond)))
        return refused(`namespace ${name} has reached its limit of ${startsPerSecond} starts per second`);
      return ADMITTED;
    },
  };
}

function remember<T>(map: Map<string, T>, name: string, value: T): void {
  if (map.size >= REMEMBERED_MAX && !map.has(name)) map.clear();
  map.set(name, value);
}

function refused(what: string): Result<undefined> {
  const message = `${what}: try again later, or raise the limit by an update of the namespace`;
  return { ok: false, error: { code: 'RESOURCE_EXHAUSTED', message } };
}

/** What the namespace's object remembers of the starts that it has given out: nothing that outlives its memory. */
export class StartTokens {
  #tokens = 0;
  #filledAt: number | undefined;

  take({ wanted, perSecond }: { wanted: number; perSecond: number }, now: number): number {
    const since = this.#filledAt === undefined ? FRESH_MS : now - this.#filledAt;
    this.#tokens = Math.min(perSecond, this.#tokens + (since / FRESH_MS) * perSecond);
    this.#filledAt = now;
    const given = Math.min(wanted, Math.floor(this.#tokens));
    this.#tokens -= given;
    return given;
  }
}
