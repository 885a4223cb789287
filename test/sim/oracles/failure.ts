/** What an oracle says: which one, and what it saw. */
export type OracleName =
  | 'results'
  | 'grammar'
  | 'replay'
  | 'prefixes'
  | 'inputs'
  | 'once'
  | 'attempts'
  | 'times'
  | 'owners'
  | 'closed'
  | 'parents'
  | 'listed'
  | 'bounds'
  | 'erased';

export class OracleFailure extends Error {
  override readonly name = 'OracleFailure';
  readonly oracle: OracleName;

  constructor(oracle: OracleName, message: string) {
    super(message);
    this.oracle = oracle;
  }
}

export function check(condition: unknown, oracle: OracleName, message: () => string): asserts condition {
  if (!condition) throw new OracleFailure(oracle, message());
}
