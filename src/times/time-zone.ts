/**
 * How far a zone's clock is ahead of UTC, for spans of time. Offsets are `@date-fns/tz`'s, which reads the platform's own
 * definitions; its search for changes walks in months and hours and passes over some, so that is here.
 *
 * Z1 Offsets are asked for once per UTC day; a day on which the offset changes is halved down to the second of the change. A
 *    clock that changes twice within a UTC day does not exist.
 * Z2 The library remembers every name that it is asked about: it is asked about names as the platform writes them, which are few.
 */
import { tzOffset } from '@date-fns/tz/tzOffset';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAYS_MAX = 5_000;
const ZONES_MAX = 200;

/** From `from` to before `to` the clock shows UTC plus `offset`. All in milliseconds. */
export interface ZoneSpan {
  from: number;
  to: number;
  offset: number;
}

export interface TimeZone {
  readonly name: string;
  offsetAt(instantMs: number): number;
  /** What covers from..to, in order and without gaps. */
  spans(from: number, to: number): ZoneSpan[];
}

const UTC: TimeZone = {
  name: 'UTC',
  offsetAt: () => 0,
  spans: (from, to) => [{ from, to, offset: 0 }],
};

const zones = new Map<string, TimeZone | undefined>();

/** By IANA name; empty is UTC. Undefined when the platform does not know it. */
export function timeZone(name: string): TimeZone | undefined {
  if (name === '' || name === 'UTC') return UTC;
  if (!zones.has(name)) {
    if (zones.size >= ZONES_MAX) zones.clear();
    zones.set(name, openZone(name));
  }
  return zones.get(name);
}

function openZone(name: string): TimeZone | undefined {
  // Offsets such as "+02:00" are no names of the time zone database, though `Intl` takes them.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    const { timeZone: canonical } = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions();
    return new ZoneOfDays(name, canonical);
  } catch {
    return undefined;
  }
}

class ZoneOfDays implements TimeZone {
  readonly name: string;
  readonly #canonical: string;
  readonly #days = new Map<number, ZoneSpan[]>();

  constructor(name: string, canonical: string) {
    this.name = name;
    this.#canonical = canonical;
  }

  offsetAt(instantMs: number): number {
    const spans = this.#day(Math.floor(instantMs / DAY_MS));
    const span = spans.find(({ to }) => instantMs < to) ?? spans[spans.length - 1];
    return span?.offset ?? 0;
  }

  spans(from: number, to: number): ZoneSpan[] {
    const found: ZoneSpan[] = [];
    for (let day = Math.floor(from / DAY_MS); day * DAY_MS < to; day++) {
      for (const span of this.#day(day)) {
        const last = found[found.length - 1];
        if (last?.offset === span.offset) last.to = Math.min(span.to, to);
        else if (span.to > from && span.from < to)
          found.push({
            from: Math.max(span.from, from),
            to: Math.min(span.to, to),
            offset: span.offset,
          });
      }
    }
    return found;
  }

  #day(day: number): ZoneSpan[] {
    let spans = this.#days.get(day);
    if (spans === undefined) {
      if (this.#days.size >= DAYS_MAX) this.#days.clear();
      spans = this.#spansOf(day * DAY_MS, (day + 1) * DAY_MS);
      this.#days.set(day, spans);
    }
    return spans;
  }

  #spansOf(from: number, to: number): ZoneSpan[] {
    const first = this.#ask(from);
    const last = this.#ask(to - SECOND_MS);
    if (first === last) return [{ from, to, offset: first }];
    let [before, after] = [from, to - SECOND_MS];
    while (after - before > SECOND_MS) {
      const middle = before + Math.floor((after - before) / 2 / SECOND_MS) * SECOND_MS;
      if (this.#ask(middle) === first) before = middle;
      else after = middle;
    }
    return [
      { from, to: after, offset: first },
      { from: after, to, offset: last },
    ];
  }

  #ask(instantMs: number): number {
    return tzOffset(this.#canonical, new Date(instantMs)) * MINUTE_MS;
  }
}
