export {
  InternalActivityStartOptionsSymbol,
  InternalWorkflowQueryOptionsSymbol,
  InternalWorkflowSignalOptionsSymbol,
  InternalWorkflowStartOptionsSymbol,
  InternalWorkflowUpdateOptionsSymbol,
} from '../internal-options.ts';
