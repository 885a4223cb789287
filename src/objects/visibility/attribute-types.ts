/** What can be asked for: the attributes of every run, those that Temporal predefines, and a namespace's own (VIS-4, VIS-8). */

import { PREDEFINED_TYPES } from '../../engine/search-attributes.ts';
import { STANDALONE_ACTIVITY_DIVISION } from '../../sdk/common/standalone-activity.ts';
import {
  NEXUS_REQUEST_ID_ATTRIBUTE,
  NEXUS_SERVICE_ATTRIBUTE,
  STANDALONE_NEXUS_DIVISION,
} from '../../sdk/common/standalone-nexus.ts';
import type { SearchAttributeTypes } from '../namespace/search-attribute-types.ts';

export type AttributeType = 'Keyword' | 'Text' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

/** How a system attribute's values are written in a query, where that is not as its type says. */
export type SystemForm = 'status' | 'duration' | 'activityId' | 'operationId';

export type Attribute =
  | { kind: 'system'; name: string; type: AttributeType; column: string; form?: SystemForm }
  | { kind: 'stored'; name: string; type: AttributeType };

const system = (name: string, type: AttributeType, column: string, form?: SystemForm): Attribute => ({
  kind: 'system',
  name,
  type,
  column,
  ...(form && { form }),
});

const SYSTEM: readonly Attribute[] = [
  system('WorkflowId', 'Keyword', 'workflow_id'),
  system('RunId', 'Keyword', 'run_id'),
  system('WorkflowType', 'Keyword', 'workflow_type'),
  system('TaskQueue', 'Keyword', 'task_queue'),
  system('ExecutionStatus', 'Keyword', 'status', 'status'),
  system('ParentWorkflowId', 'Keyword', 'parent_workflow_id'),
  system('ParentRunId', 'Keyword', 'parent_run_id'),
  system('RootWorkflowId', 'Keyword', 'root_workflow_id'),
  system('RootRunId', 'Keyword', 'root_run_id'),
  system('StartTime', 'Datetime', 'start_time'),
  system('ExecutionTime', 'Datetime', 'execution_time'),
  system('CloseTime', 'Datetime', 'close_time'),
  system('HistoryLength', 'Int', 'history_length'),
  system('HistorySizeBytes', 'Int', 'history_size_bytes'),
  system('StateTransitionCount', 'Int', 'state_transition_count'),
  system('ExecutionDuration', 'Int', 'execution_duration', 'duration'),
];

/** SA-7 and VIS-4: set by the runtime or by SDKs, stored like a namespace's own. */
const PREDEFINED: Readonly<Record<string, AttributeType>> = {
  ...PREDEFINED_TYPES,
  TemporalWorkerDeployment: 'Keyword',
  TemporalWorkerDeploymentVersion: 'Keyword',
  TemporalUsedWorkerDeploymentVersions: 'KeywordList',
  TemporalWorkflowVersioningBehavior: 'Keyword',
  TemporalExternalPayloadCount: 'Int',
  TemporalExternalPayloadSizeBytes: 'Int',
};

export const DIVISION = 'TemporalNamespaceDivision';
const PREFIX = 'Temporal';
const BY_NAME: ReadonlyMap<string, Attribute> = new Map(
  [
    ...SYSTEM,
    ...Object.entries(PREDEFINED).map(([name, type]): Attribute => ({ kind: 'stored', name, type })),
  ].map((attribute) => [attribute.name, attribute]),
);

/** SAA-9: of activities that have no workflow. What is about workflows alone they do not have. */
const OF_ACTIVITIES: ReadonlyMap<string, Attribute> = new Map([
  ['ActivityId', system('ActivityId', 'Keyword', 'workflow_id', 'activityId')],
  ['ActivityType', system('ActivityType', 'Keyword', 'workflow_type')],
]);

/** SNX-7: of Nexus operations that have no workflow. */
const OF_OPERATIONS: ReadonlyMap<string, Attribute> = new Map([
  ['OperationId', system('OperationId', 'Keyword', 'workflow_id', 'operationId')],
  ['Operation', system('Operation', 'Keyword', 'workflow_type')],
  ['Endpoint', system('Endpoint', 'Keyword', 'task_queue')],
  ['Service', { kind: 'stored', name: NEXUS_SERVICE_ATTRIBUTE, type: 'Keyword' }],
  ['RequestId', { kind: 'stored', name: NEXUS_REQUEST_ID_ATTRIBUTE, type: 'Keyword' }],
]);

const OF_DIVISION: Readonly<Record<string, ReadonlyMap<string, Attribute>>> = {
  [STANDALONE_ACTIVITY_DIVISION]: OF_ACTIVITIES,
  [STANDALONE_NEXUS_DIVISION]: OF_OPERATIONS,
};

/** VIS-8: the namespace's own first, then ours, then with "Temporal" added or taken away. */
export function findAttribute(
  name: string,
  custom: SearchAttributeTypes,
  division?: string,
): Attribute | undefined {
  const ofDivision = division === undefined ? undefined : OF_DIVISION[division]?.get(name);
  const exact = ofDivision ?? ownAttribute(name, custom) ?? BY_NAME.get(name);
  if (exact !== undefined) return exact;
  if (name === 'ScheduleId' || name === 'TemporalScheduleId') return BY_NAME.get('WorkflowId');
  const other = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : PREFIX + name;
  return ownAttribute(other, custom) ?? BY_NAME.get(other);
}

function ownAttribute(name: string, custom: SearchAttributeTypes): Attribute | undefined {
  // Sound: the registry takes these seven types only.
  const type = Object.hasOwn(custom, name) ? (custom[name] as AttributeType) : undefined;
  return type && { kind: 'stored', name, type };
}

/** The type under which a value of this name is stored, when name or registry settle it. */
export function storedTypeOf(name: string, custom: SearchAttributeTypes): AttributeType | undefined {
  return Object.hasOwn(PREDEFINED, name) ? PREDEFINED[name] : ownAttribute(name, custom)?.type;
}

const LETTERS: Readonly<Record<AttributeType, string>> = {
  Keyword: 'k',
  Text: 't',
  Int: 'i',
  Double: 'd',
  Bool: 'b',
  Datetime: 'm',
  KeywordList: 'l',
};

/**
 * The key of a stored value. It holds the type, so that a value stored before an attribute was registered anew with another
 * type is not compared with values of that; and no character that a JSON path or an SQL string would read in its own way.
 */
export function storedKey(name: string, type: AttributeType): string {
  return `${encodeURIComponent(name).replaceAll("'", '%27')}:${LETTERS[type]}`;
}

/** Words of a Text value: what equality compares (VIS-3). */
export function wordsOf(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/[\p{L}\p{N}\p{M}_]+/gu) ?? [])];
}
