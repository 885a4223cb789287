/** Links in the words of the Nexus protocol: an address of the scheme `temporal:` and a type, as Temporal writes them. */
import type { Link } from './wire/links.ts';
import { LinkedEventType, type LinkedEventTypeName } from './wire/links.ts';

export interface NexusLink {
  url: string;
  type: string;
}

type WorkflowEvent = NonNullable<Link['workflowEvent']>;

const TYPE_PREFIX = 'temporal.api.common.v1.Link.';

/** Throws a `TypeError` for a link that points nowhere. */
export function toNexusLink({ workflowEvent, activity, nexusOperation, workflow }: Link): NexusLink {
  if (workflowEvent !== undefined) {
    const { namespace, workflowId, runId } = workflowEvent;
    const path = pathOf(namespace, 'workflows', workflowId, runId);
    return linkOf('WorkflowEvent', `${path}/history`, queryOf(workflowEvent));
  }
  if (activity !== undefined) {
    const path = pathOf(activity.namespace, 'activities', activity.activityId, activity.runId);
    return linkOf('Activity', `${path}/details`);
  }
  if (nexusOperation !== undefined) {
    const { namespace, operationId, runId } = nexusOperation;
    return linkOf('NexusOperation', `${pathOf(namespace, 'nexus-operations', operationId, runId)}/details`);
  }
  if (workflow !== undefined) {
    const { namespace, workflowId, runId, reason } = workflow;
    return linkOf('Workflow', pathOf(namespace, 'workflows', workflowId, runId), reason ? { reason } : {});
  }
  throw new TypeError('link: of a kind that Nexus has no form for');
}

function linkOf(type: string, path: string, query: Record<string, string> = {}): NexusLink {
  const search = new URLSearchParams(query).toString();
  return { url: `temporal://${path}${search && '?'}${search}`, type: TYPE_PREFIX + type };
}

function pathOf(
  namespace: string | undefined,
  collection: string,
  id: string | undefined,
  runId: string | undefined,
): string {
  if (!namespace || !id || !runId)
    throw new TypeError(
      `link: namespace, ID and run ID are required, got '${namespace}', '${id}', '${runId}'`,
    );
  const [encodedNamespace, encodedId, encodedRun] = [namespace, id, runId].map(encodeURIComponent);
  return `/namespaces/${encodedNamespace}/${collection}/${encodedId}/${encodedRun}`;
}

function queryOf({ eventRef, requestIdRef }: WorkflowEvent): Record<string, string> {
  if (eventRef !== undefined) {
    const { eventId = 0, eventType } = eventRef;
    return {
      referenceType: 'EventReference',
      ...(eventId > 0 && { eventID: `${eventId}` }),
      ...(eventType && { eventType: pascalCase(eventType) }),
    };
  }
  const { requestId, eventType } = requestIdRef ?? {};
  return {
    ...(requestIdRef && { referenceType: 'RequestIdReference' }),
    ...(requestId && { requestID: requestId }),
    ...(eventType && { eventType: pascalCase(eventType) }),
  };
}

/** Throws a `TypeError` that says what is wrong with it. */
export function fromNexusLink({ url: text, type }: { url: string | URL; type: string }): Link {
  const url = new URL(text);
  if (url.protocol !== 'temporal:') throw new TypeError(`link: expected the scheme temporal, got '${url}'`);
  switch (type) {
    case `${TYPE_PREFIX}WorkflowEvent`: {
      const [namespace, workflowId, runId] = partsOf(url, 'workflows', 'history');
      return { workflowEvent: { namespace, workflowId, runId, ...referenceOf(url.searchParams) } };
    }
    case `${TYPE_PREFIX}Activity`: {
      const [namespace, activityId, runId] = partsOf(url, 'activities', 'details');
      return { activity: { namespace, activityId, runId } };
    }
    case `${TYPE_PREFIX}NexusOperation`: {
      const [namespace, operationId, runId] = partsOf(url, 'nexus-operations', 'details');
      return { nexusOperation: { namespace, operationId, runId } };
    }
    case `${TYPE_PREFIX}Workflow`: {
      const [namespace, workflowId, runId] = partsOf(url, 'workflows');
      const reason = url.searchParams.get('reason');
      return { workflow: { namespace, workflowId, runId, ...(reason !== null && { reason }) } };
    }
    default:
      throw new TypeError(`link: unknown type '${type}'`);
  }
}

function partsOf(url: URL, collection: string, tail?: string): [string, string, string] {
  const [root, namespaces, namespace, found, id, runId, ...rest] = url.pathname.split('/');
  const isOfForm =
    root === '' &&
    namespaces === 'namespaces' &&
    found === collection &&
    rest.length === (tail === undefined ? 0 : 1) &&
    rest[0] === tail;
  if (!isOfForm || !namespace || !id || !runId)
    throw new TypeError(`link: not the path of its type: '${url}'`);
  return [decodeURIComponent(namespace), decodeURIComponent(id), decodeURIComponent(runId)];
}

function referenceOf(query: URLSearchParams): Pick<WorkflowEvent, 'eventRef' | 'requestIdRef'> {
  const eventType = eventTypeOf(query.get('eventType') ?? '');
  switch (query.get('referenceType')) {
    case 'EventReference': {
      const eventId = query.get('eventID') ?? '';
      return { eventRef: { eventId: /^\d+$/.test(eventId) ? Number(eventId) : 0, eventType } };
    }
    case 'RequestIdReference':
      return { requestIdRef: { requestId: query.get('requestID') ?? '', eventType } };
    default:
      throw new TypeError(`link: unknown referenceType '${query.get('referenceType') ?? ''}'`);
  }
}

function pascalCase(name: LinkedEventTypeName): string {
  return name.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const EVENT_TYPES: ReadonlyMap<string, LinkedEventTypeName> = new Map(
  // Sound: these are the table's own keys.
  (Object.keys(LinkedEventType.values) as LinkedEventTypeName[]).flatMap((name) => [
    [pascalCase(name), name],
    [name, name],
    [`EVENT_TYPE_${name}`, name],
  ]),
);

function eventTypeOf(text: string): LinkedEventTypeName {
  const eventType = EVENT_TYPES.get(text);
  if (eventType !== undefined) return eventType;
  throw new TypeError(`link: unknown eventType '${text}'`);
}
