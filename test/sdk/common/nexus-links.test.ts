import { describe, expect, it } from 'vitest';
import { fromNexusLink, toNexusLink } from '../../../src/sdk/common/nexus-links.ts';
import type { Link } from '../../../src/sdk/common/wire/links.ts';

const workflow = { namespace: 'a namespace', workflowId: 'order/1 ü', runId: 'run-1' };
const path = 'temporal:///namespaces/a%20namespace/workflows/order%2F1%20%C3%BC/run-1';
const type = (name: string) => `temporal.api.common.v1.Link.${name}`;

const CASES: [Link, string, string][] = [
  [
    { workflowEvent: { ...workflow, eventRef: { eventId: 5, eventType: 'NEXUS_OPERATION_SCHEDULED' } } },
    `${path}/history?referenceType=EventReference&eventID=5&eventType=NexusOperationScheduled`,
    'WorkflowEvent',
  ],
  [
    {
      workflowEvent: {
        ...workflow,
        requestIdRef: { requestId: 'r 1', eventType: 'WORKFLOW_EXECUTION_OPTIONS_UPDATED' },
      },
    },
    `${path}/history?referenceType=RequestIdReference&requestID=r+1&eventType=WorkflowExecutionOptionsUpdated`,
    'WorkflowEvent',
  ],
  [{ workflow: { ...workflow, reason: 'asked' } }, `${path}?reason=asked`, 'Workflow'],
  [{ workflow }, path, 'Workflow'],
  [
    { activity: { namespace: 'n', activityId: 'a', runId: 'r' } },
    'temporal:///namespaces/n/activities/a/r/details',
    'Activity',
  ],
  [
    { nexusOperation: { namespace: 'n', operationId: 'o', runId: 'r' } },
    'temporal:///namespaces/n/nexus-operations/o/r/details',
    'NexusOperation',
  ],
];

describe('links in the words of Nexus', () => {
  it.each(CASES)('NXS-26: have the form that Temporal gives them (%#)', (link, url, name) => {
    expect(toNexusLink(link)).toEqual({ url, type: type(name) });
    expect(fromNexusLink({ url, type: type(name) })).toEqual(link);
    expect(fromNexusLink({ url: new URL(url), type: type(name) })).toEqual(link);
  });

  it('are read with the names of event types in either form', () => {
    const url = `${path}/history?referenceType=EventReference&eventType=EVENT_TYPE_TIMER_FIRED`;
    const eventRef = { eventId: 0, eventType: 'TIMER_FIRED' };
    expect(fromNexusLink({ url, type: type('WorkflowEvent') })).toEqual({
      workflowEvent: { ...workflow, eventRef },
    });
  });

  it.each<[string, string]>([
    ['https://example.com/namespaces/n/activities/a/r/details', 'Activity'],
    ['temporal:///namespaces/n/activities/a/r', 'Activity'],
    ['temporal:///namespaces/n/activities/a/r/details/more', 'Activity'],
    ['temporal:///namespaces/n/workflows/w/r/history', 'Workflow'],
    ['temporal:///namespaces/n/workflows/w/r/history', 'WorkflowEvent'],
    [
      'temporal:///namespaces/n/workflows/w/r/history?referenceType=EventReference&eventType=No',
      'WorkflowEvent',
    ],
    ['temporal:///namespaces//nexus-operations/o/r/details', 'NexusOperation'],
    ['temporal:///namespaces/n/activities/a/r/details', 'Something'],
    ['nothing', 'Activity'],
  ])('are refused in any other form (%#)', (url, name) => {
    expect(() => fromNexusLink({ url, type: type(name) })).toThrow(TypeError);
  });

  it('need something to point at', () => {
    expect(() => toNexusLink({})).toThrow(TypeError);
    expect(() => toNexusLink({ activity: { namespace: 'n', activityId: 'a' } })).toThrow(/run ID/);
  });
});
