import { describe, expect, it } from 'vitest';
import {
  decodeOperationToken,
  encodeOperationToken,
  type OperationToken,
} from '../../../src/sdk/nexus/operation-token.ts';

const base64Url = (fields: unknown) => Buffer.from(JSON.stringify(fields)).toString('base64url');

const CASES: [OperationToken, object][] = [
  [
    { kind: 'workflowRun', namespace: 'shop', workflowId: 'ship-1 ü' },
    { t: 1, ns: 'shop', wid: 'ship-1 ü' },
  ],
  [
    { kind: 'activity', namespace: 'shop', activityId: 'a', runId: 'r' },
    { t: 2, ns: 'shop', aid: 'a', rid: 'r' },
  ],
  [
    { kind: 'activity', namespace: 'shop', activityId: 'a', runId: undefined },
    { t: 2, ns: 'shop', aid: 'a' },
  ],
  [
    { kind: 'update', namespace: 'shop', workflowId: 'w', runId: 'r', updateId: 'u' },
    { t: 3, ns: 'shop', wid: 'w', rid: 'r', uid: 'u' },
  ],
  [
    { kind: 'update', namespace: 'shop', workflowId: 'w', runId: undefined, updateId: 'u' },
    { t: 3, ns: 'shop', wid: 'w', uid: 'u' },
  ],
];

describe('tokens of operations', () => {
  it.each(CASES)('NXS-25: have the form that Temporal gives them (%#)', (token, fields) => {
    expect(encodeOperationToken(token)).toBe(base64Url(fields));
    expect(decodeOperationToken(encodeOperationToken(token))).toEqual(token);
  });

  it.each([
    ['', 'not one that was made here'],
    ['%%%', 'not one that was made here'],
    [base64Url('text'), 'not one that was made here'],
    [base64Url(null), 'not one that was made here'],
    [base64Url({ t: 1, ns: 'n', wid: 'w', v: 1 }), 'unknown version 1'],
    [base64Url({ t: 1, wid: 'w' }), 'no namespace'],
    [base64Url({ t: 1, ns: 'n' }), 'no workflow'],
    [base64Url({ t: 2, ns: 'n', wid: 'w' }), 'no activity'],
    [base64Url({ t: 3, ns: 'n', wid: 'w' }), 'no update'],
    [base64Url({ t: 3, ns: 'n', uid: 'u' }), 'no workflow'],
    [base64Url({ t: 4, ns: 'n' }), 'unknown type 4'],
    [base64Url({ t: '1', ns: 'n', wid: 'w' }), 'unknown type 1'],
  ])('say what is wrong with them (%#)', (token, problem) => {
    expect(() => decodeOperationToken(token)).toThrow(new RegExp(problem));
    expect(() => decodeOperationToken(token)).toThrow(TypeError);
  });
});
