/** Operations that are sent together: one that is refused takes the others with it (UPD-18). */
import { RpcError } from '../rpc-error.ts';

/** Makes both, in order. A refusal is that of the first that cannot be made, with the statuses of both. */
export function madeTogether<First, Second>(first: () => First, second: () => Second): [First, Second] {
  const outcomes = [attempt(first), attempt(second)] as const;
  const [one, other] = outcomes;
  if ('value' in one && 'value' in other) return [one.value, other.value];
  const [refusal] = outcomes.flatMap((outcome) => ('refusal' in outcome ? [outcome.refusal] : []));
  throw new RpcError(refusal?.code ?? 'INTERNAL', refusal?.details ?? 'neither operation was made', {
    statusDetails: [
      {
        type: 'MultiOperationExecutionFailure',
        statuses: outcomes.map((outcome) => statusOf('refusal' in outcome ? outcome.refusal : ABORTED)),
      },
    ],
  });
}

type Outcome<T> = { value: T } | { refusal: RpcError };

function attempt<T>(make: () => T): Outcome<T> {
  try {
    return { value: make() };
  } catch (error) {
    if (error instanceof RpcError) return { refusal: error };
    throw error;
  }
}

const ABORTED = new RpcError('ABORTED', 'Operation was aborted.', {
  statusDetails: [{ type: 'MultiOperationExecutionAborted' }],
});

function statusOf({ code, details, statusDetails }: RpcError) {
  return {
    code,
    message: details,
    details: statusDetails.map(({ type, ...fields }) => ({ '@type': TYPE_PREFIX + type, ...fields })),
  };
}

const TYPE_PREFIX = 'type.googleapis.com/temporal.api.errordetails.v1.';
