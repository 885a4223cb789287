export {
  DeterminismViolationError,
  isCancellation,
  LocalActivityDoBackoff,
  WorkflowError,
} from '../../../executor/errors.ts';
