export interface ActivityCancellationDetailsOptions {
  notFound?: boolean;
  cancelRequested?: boolean;
  paused?: boolean;
  timedOut?: boolean;
  workerShutdown?: boolean;
  reset?: boolean;
}

/** The same as the protocol names it. */
export interface ActivityCancellationDetailsMessage {
  isNotFound?: boolean | null;
  isCancelled?: boolean | null;
  isPaused?: boolean | null;
  isTimedOut?: boolean | null;
  isWorkerShutdown?: boolean | null;
  isReset?: boolean | null;
}

/** Why an activity was cancelled. Several reasons can hold at once. */
export class ActivityCancellationDetails {
  /** The attempt is over, or its workflow is closed. */
  readonly notFound: boolean;
  /** The workflow asked for it. */
  readonly cancelRequested: boolean;
  readonly paused: boolean;
  readonly timedOut: boolean;
  readonly workerShutdown: boolean;
  readonly reset: boolean;

  constructor(options: ActivityCancellationDetailsOptions = {}) {
    this.notFound = options.notFound ?? false;
    this.cancelRequested = options.cancelRequested ?? false;
    this.paused = options.paused ?? false;
    this.timedOut = options.timedOut ?? false;
    this.workerShutdown = options.workerShutdown ?? false;
    this.reset = options.reset ?? false;
  }

  static fromProto(
    proto: ActivityCancellationDetailsMessage | null | undefined,
  ): ActivityCancellationDetails {
    return new ActivityCancellationDetails({
      notFound: proto?.isNotFound ?? false,
      cancelRequested: proto?.isCancelled ?? false,
      paused: proto?.isPaused ?? false,
      timedOut: proto?.isTimedOut ?? false,
      workerShutdown: proto?.isWorkerShutdown ?? false,
      reset: proto?.isReset ?? false,
    });
  }
}
