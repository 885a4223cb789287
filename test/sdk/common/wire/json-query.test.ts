import { describe, expect, it } from 'vitest';
import { fromQuery } from '../../../../src/sdk/common/wire/json.ts';
import {
  GetWorkflowExecutionHistoryRequestSchema,
  ResetWorkflowExecutionRequestSchema,
} from '../../../../src/sdk/common/wire/requests.ts';

const base = { namespace: 'default', execution: { workflowId: 'order-1' } };
const read = (query: string) =>
  fromQuery(GetWorkflowExecutionHistoryRequestSchema, new URLSearchParams(query), { base, strict: true });

describe('messages out of query strings', () => {
  it('reads members of members, numbers, booleans, enums and bytes', () => {
    expect(
      read(
        'execution.runId=r-1&maximumPageSize=50&waitNewEvent=true&historyEventFilterType=2&nextPageToken=AQID',
      ),
    ).toEqual({
      namespace: 'default',
      execution: { workflowId: 'order-1', runId: 'r-1' },
      maximumPageSize: 50,
      waitNewEvent: true,
      historyEventFilterType: 'CLOSE_EVENT',
      nextPageToken: new Uint8Array([1, 2, 3]),
    });
  });

  it('reads snake_case, in the middle of a path too', () => {
    expect(read('execution.run_id=r-1&next_page_token=AQID')).toMatchObject({
      execution: { runId: 'r-1' },
      nextPageToken: new Uint8Array([1, 2, 3]),
    });
  });

  it('takes an empty value for unset and ignores unknown keys', () => {
    expect(read('nextPageToken=&later=1&execution.later=2&execution=x&__proto__=1&constructor=2')).toEqual(
      base,
    );
  });

  it('lets the path win', () => {
    expect(read('namespace=other&execution.workflowId=other')).toEqual(base);
  });

  it('reads repeated keys as a list', () => {
    const query = new URLSearchParams('resetReapplyExcludeTypes=SIGNAL&resetReapplyExcludeTypes=2');
    expect(fromQuery(ResetWorkflowExecutionRequestSchema, query).resetReapplyExcludeTypes).toEqual([
      'SIGNAL',
      'UPDATE',
    ]);
  });

  it.each([
    ['waitNewEvent=yes', 'waitNewEvent: expected true or false, got "yes"'],
    ['maximumPageSize=many', 'maximumPageSize: expected an integer, got "many"'],
    ['historyEventFilterType=SOME', 'historyEventFilterType: expected one of'],
    ['nextPageToken=%25%25', 'nextPageToken: expected base64, got "%%"'],
  ])('refuses %s', (query, message) => {
    expect(() => read(query)).toThrow(message);
  });

  it('demands required members', () => {
    const query = new URLSearchParams();
    expect(() => fromQuery(GetWorkflowExecutionHistoryRequestSchema, query, { strict: true })).toThrow(
      'namespace: required by GetWorkflowExecutionHistoryRequest, but not set',
    );
  });
});
