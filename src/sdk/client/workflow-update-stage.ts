import { makeEnumConverters } from '../common/enum-converters.ts';
import { UpdateStage } from '../common/wire/messages.ts';

/** How far an update is: seen by the server, accepted by the workflow, completed. */
export const WorkflowUpdateStage = {
  ADMITTED: 'ADMITTED',
  ACCEPTED: 'ACCEPTED',
  COMPLETED: 'COMPLETED',
  /** @deprecated Use `undefined`. */
  UNSPECIFIED: undefined,
} as const;
export type WorkflowUpdateStage = (typeof WorkflowUpdateStage)[keyof typeof WorkflowUpdateStage];

export const [encodeWorkflowUpdateStage, decodeWorkflowUpdateStage] = makeEnumConverters(UpdateStage);
