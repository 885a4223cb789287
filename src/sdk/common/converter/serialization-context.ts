/** Whose payload it is: passed to converters and codecs, so that they can use keys or options per owner. */

/** @experimental */
export interface WorkflowSerializationContext {
  type: 'workflow';
  namespace: string;
  workflowId: string;
}

/** @experimental */
export interface ActivitySerializationContext {
  type: 'activity';
  namespace: string;
  activityId?: string;
  /** The workflow that scheduled the activity, when known. */
  workflowId?: string;
  isLocal: boolean;
}

/** @experimental */
export type SerializationContext = WorkflowSerializationContext | ActivitySerializationContext;
