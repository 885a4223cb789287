/** Who is to be told of the end of a workflow, an update or an activity, as describe shows it. */
import { enumeration, type Infer, message, str } from './schema.ts';

export const CallbackState = enumeration('CALLBACK_STATE_', {
  STANDBY: 1,
  SCHEDULED: 2,
  BACKING_OFF: 3,
  FAILED: 4,
  SUCCEEDED: 5,
  BLOCKED: 6,
});

/** Without its headers: who knows those can speak for what it belongs to. */
const CallbackSchema = message('Callback', { nexus: message('Nexus', { url: str }) });

export const CallbackInfoSchema = message('CallbackInfo', {
  callback: CallbackSchema,
  trigger: message('Trigger', {
    workflowClosed: message('WorkflowClosed', {}),
    updateWorkflowExecutionCompleted: message('UpdateWorkflowExecutionCompleted', { updateId: str }),
  }),
  state: CallbackState,
});
export type WireCallbackInfo = Infer<typeof CallbackInfoSchema>;

export const ActivityCallbackInfoSchema = message('ActivityCallbackInfo', {
  trigger: message('ActivityTrigger', { activityClosed: message('ActivityClosed', {}) }),
  info: message('CommonCallbackInfo', { callback: CallbackSchema, state: CallbackState }),
});
export type ActivityCallbackInfo = Infer<typeof ActivityCallbackInfoSchema>;
