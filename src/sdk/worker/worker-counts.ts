/**
 * What a worker has under way, as numbers that can be watched.
 *
 * The parts of the worker say that something began or ended (`refresh`); the numbers themselves are read from them, so what is
 * emitted is what `getStatus` tells at that moment.
 */
import { BehaviorSubject, type Observable } from 'rxjs';

export interface WorkerNumbers {
  activations: number;
  activities: number;
  workflowInstances: number;
}

const NAMES = ['activations', 'activities', 'workflowInstances'] as const;

export class WorkerCounts {
  readonly #read: () => WorkerNumbers;
  readonly #subjects: Readonly<Record<keyof WorkerNumbers, BehaviorSubject<number>>> = {
    activations: new BehaviorSubject(0),
    activities: new BehaviorSubject(0),
    workflowInstances: new BehaviorSubject(0),
  };

  constructor(read: () => WorkerNumbers) {
    this.#read = read;
  }

  /** Emits the number now, and each other one that follows it. */
  watch(name: keyof WorkerNumbers): Observable<number> {
    return this.#subjects[name].asObservable();
  }

  /** Tells those who watch of what has changed. */
  readonly refresh = (): void => {
    const numbers = this.#read();
    for (const name of NAMES) {
      const subject = this.#subjects[name];
      if (subject.value !== numbers[name]) subject.next(numbers[name]);
    }
  };
}
