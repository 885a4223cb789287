/**
 * Everything that can go wrong, as knobs. A fault is drawn where it would happen; its place in the draws of its kind names it,
 * so that a list of faults plays the same again, and a shorter list plays a part of it.
 */
import { drawAt, hashText } from './random.ts';

export const FAULT_KINDS = [
  // Storage.
  'crashBeforeCommit',
  'crashAfterCommit',
  /** The commit throws; the object lives. */
  'failedCommit',
  /** What is committed is not on disk yet: nothing leaves the object before it is. */
  'slowFlush',
  /** With a crash: what was not on disk is gone. */
  'tornCommit',
  /** With a crash: all objects of the isolate, its activities and its workflow code. */
  'isolateCrash',
  /** An object is gone at any await. */
  'evicted',
  /** What was lost is lost again soon. */
  'lostAgain',
  // Calls between objects, and of clients.
  'requestLost',
  'answerLost',
  'duplicated',
  'late',
  // Alarms.
  'alarmEarly',
  'alarmLate',
  'alarmTwice',
  /** An alarm whose run ended with its isolate does not come again. */
  'alarmDropped',
  // Activities.
  'activityRequestLost',
  'activityAnswerLost',
  /** A handler whose caller is gone is cut off. */
  'handlerCut',
  'reportLost',
  /** A worker elsewhere, with all that it holds. */
  'workerLost',
  /** Workflow code that is answered for late, as with a codec that awaits. */
  'slowTask',
  /** A caller that gives up in the middle and does not come back. */
  'callerGone',
  /** A caller that waits long before it tries again. */
  'slowCaller',
  'clockStep',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];
export type FaultRates = Partial<Record<FaultKind, number>>;

export interface Fault {
  kind: FaultKind;
  /** The how-manieth draw of its kind. */
  nth: number;
  /** How bad: from 0 up to 1. */
  size: number;
}

export interface FaultOptions {
  seed: number;
  rates: FaultRates;
  /** No more than this many, so that what they hit comes to an end. */
  max: number;
  /** Only these, instead of drawing. */
  only?: readonly Fault[] | undefined;
}

const STREAMS = new Map(FAULT_KINDS.map((kind) => [kind, hashText(`fault ${kind}`)]));
const SIZES = new Map(FAULT_KINDS.map((kind) => [kind, hashText(`size ${kind}`)]));

export class Faults {
  readonly fired: Fault[] = [];
  readonly #options: FaultOptions;
  readonly #only: ReadonlyMap<string, Fault> | undefined;
  readonly #drawn = new Map<FaultKind, number>();
  #isOver = false;

  constructor(options: FaultOptions) {
    this.#options = options;
    const { only } = options;
    this.#only = only && new Map(only.map((fault) => [`${fault.kind} ${fault.nth}`, fault]));
  }

  /** Undefined: it does not happen here. Otherwise how bad it is. */
  draw(kind: FaultKind): number | undefined {
    const { seed, rates, max } = this.#options;
    const rate = rates[kind] ?? 0;
    if (this.#isOver || (rate === 0 && this.#only === undefined)) return undefined;
    const nth = this.#drawn.get(kind) ?? 0;
    this.#drawn.set(kind, nth + 1);
    const fault =
      this.#only === undefined ? this.#chosen(kind, nth, rate, seed) : this.#only.get(`${kind} ${nth}`);
    if (fault === undefined || this.fired.length >= max) return undefined;
    this.fired.push(fault);
    return fault.size;
  }

  #chosen(kind: FaultKind, nth: number, rate: number, seed: number): Fault | undefined {
    if (drawAt(seed, STREAMS.get(kind) ?? 0, nth) >= rate) return undefined;
    return { kind, nth, size: drawAt(seed, SIZES.get(kind) ?? 0, nth) };
  }

  /** From here on all is well. */
  stop(): void {
    this.#isOver = true;
  }
}
