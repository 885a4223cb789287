/** The demo service's ledger, arranged for questions about single steps of single runs. */
import { type LedgerEntry, type Operation, type Outcome, operations } from '../../src/demo/operations.ts';

export class Books {
  readonly #byKey: Map<string, LedgerEntry[]>;

  constructor(entries: LedgerEntry[]) {
    this.#byKey = Map.groupBy(entries, (entry) => entry.key);
  }

  /** How often the service was asked. */
  requests(key: string): number {
    return this.#byKey.get(key)?.length ?? 0;
  }

  hasEffect(key: string): boolean {
    return this.#byKey.get(key)?.some(({ outcome, id }) => id && isEffective.has(outcome)) ?? false;
  }

  /** It happened and was not undone. */
  stands(runId: string, operation: Operation): boolean {
    return this.hasEffect(`${runId}/${operation}`) && !this.#isUndone(runId, operation);
  }

  #isUndone(runId: string, operation: Operation): boolean {
    const undoing = Object.entries(operations).find(
      ([, other]) => 'undoes' in other && other.undoes === operation,
    );
    return undoing !== undefined && this.hasEffect(`${runId}/${undoing[0]}`);
  }
}

const isEffective: ReadonlySet<Outcome> = new Set(['done', 'undone', 'answer-lost']);
