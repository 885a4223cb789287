/** A run's row, made from what its object tells. */
import { attributeTypeOf } from '../../engine/search-attributes.ts';
import type { Payload } from '../../sdk/common/wire/messages.ts';
import type { WorkflowExecutionInfo } from '../../sdk/common/wire/requests.ts';
import type { SearchAttributeTypes } from '../namespace/search-attribute-types.ts';
import { decodeFrame, encodeFrame } from '../storage/binary-frame.ts';
import { type AttributeType, DIVISION, storedKey, storedTypeOf, wordsOf } from './attribute-types.ts';
import { statusCode } from './filter-values.ts';
import type { IndexedRun, VisibilityUpdate } from './visibility-api.ts';

/** A row is one stored value; what is larger is listed without its memo, which describe still has. */
const INFO_BYTES_MAX = 1_500_000;

export function indexedRun(
  { info, version, wakeAt }: VisibilityUpdate,
  types: SearchAttributeTypes,
): IndexedRun {
  const { execution, parentExecution, rootExecution, closeTime } = info;
  const isClosed = closeTime !== undefined;
  const custom = storedValues(info.searchAttributes?.indexedFields ?? {}, types);
  const division = custom[storedKey(DIVISION, 'Keyword')];
  return {
    runId: execution.runId ?? '',
    version,
    workflowId: execution.workflowId ?? '',
    workflowType: info.type.name ?? '',
    taskQueue: info.taskQueue ?? '',
    status: statusCode(info.status ?? 'RUNNING'),
    parentWorkflowId: parentExecution?.workflowId ?? null,
    parentRunId: parentExecution?.runId ?? null,
    rootWorkflowId: rootExecution?.workflowId ?? null,
    rootRunId: rootExecution?.runId ?? null,
    startTime: info.startTime ?? 0,
    executionTime: info.executionTime ?? null,
    closeTime: closeTime ?? null,
    // An open run's are those of its last update: they are known when it has closed.
    historyLength: isClosed ? (info.historyLength ?? null) : null,
    historySizeBytes: isClosed ? (info.historySizeBytes ?? null) : null,
    stateTransitionCount: isClosed ? (info.stateTransitionCount ?? null) : null,
    executionDuration: info.executionDuration ?? null,
    wakeAt: wakeAt ?? null,
    division: typeof division === 'string' ? division : null,
    custom: JSON.stringify(custom),
    info: encodeInfo(listed(info)),
  };
}

/** As lists show it. */
function listed({ autoResetPoints: _points, ...info }: WorkflowExecutionInfo): WorkflowExecutionInfo {
  if (info.closeTime !== undefined) return info;
  const {
    historyLength: _length,
    historySizeBytes: _bytes,
    stateTransitionCount: _transitions,
    ...open
  } = info;
  return open;
}

function encodeInfo(info: WorkflowExecutionInfo): Uint8Array {
  const { bytes } = encodeFrame(info);
  if (bytes.byteLength <= INFO_BYTES_MAX) return bytes;
  const { memo: _memo, ...rest } = info;
  return encodeFrame(rest).bytes;
}

export function decodeInfo(bytes: Uint8Array): WorkflowExecutionInfo {
  // Sound: written by `encodeInfo`.
  return decodeFrame(bytes) as WorkflowExecutionInfo;
}

type Stored = string | number | boolean | string[];

const decoder = new TextDecoder();

function storedValues(
  fields: Readonly<Record<string, Payload>>,
  types: SearchAttributeTypes,
): Record<string, Stored> {
  const stored: Record<string, Stored> = {};
  for (const [name, payload] of Object.entries(fields)) {
    // Sound: engine and registry let no other types pass.
    const type = (storedTypeOf(name, types) ?? attributeTypeOf(payload)) as AttributeType | undefined;
    const value = type && storedValue(type, payload);
    if (type !== undefined && value !== undefined) stored[storedKey(name, type)] = value;
  }
  return stored;
}

/** As `filter-evaluate.ts` compares it: a Text as it is, not by its words. */
export function searchableValue(type: AttributeType, payload: Payload): Stored | undefined {
  return storedValue(type === 'Text' ? 'Keyword' : type, payload);
}

/** Undefined for what is not set, or does not fit its type. */
function storedValue(type: AttributeType, { data }: Payload): Stored | undefined {
  let value: unknown;
  try {
    value = data?.byteLength ? JSON.parse(decoder.decode(data)) : undefined;
  } catch {
    // Values are checked when they are set; one that is no JSON is of an earlier release and cannot be searched.
    return undefined;
  }
  if (type === 'KeywordList') {
    const elements = (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
    return elements.length === 0 ? undefined : elements;
  }
  const single: unknown = Array.isArray(value) ? value[0] : value;
  switch (type) {
    case 'Keyword':
      return typeof single === 'string' ? single : undefined;
    case 'Text':
      return typeof single === 'string' ? wordsOf(single) : undefined;
    case 'Int':
    case 'Double':
      return typeof single === 'number' ? single : undefined;
    case 'Bool':
      return typeof single === 'boolean' ? single : undefined;
    case 'Datetime': {
      const time = typeof single === 'string' ? Date.parse(single) : Number.NaN;
      return Number.isNaN(time) ? undefined : time;
    }
  }
}
