/** A mistake on the command line: shown as it is, with the command it belongs to. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for came out as a failure, and has been shown: nothing is added but the exit code and this line. */
export class OutcomeError extends Error {
  override readonly name = 'OutcomeError';
}
