/** The rows of the benchmark: a day of orders and their like, with attributes of a few and of many values. */

import type { VisibilityUpdate } from '../../src/objects/visibility/visibility-api.ts';
import type { Payload } from '../../src/sdk/common/wire/messages.ts';

export const TYPES = [
  'order',
  'refund',
  'shipment',
  'invoice',
  'signup',
  'report',
  'sync',
  'alert',
  'import',
  'export',
];
const STATUSES = ['COMPLETED', 'COMPLETED', 'COMPLETED', 'FAILED', 'RUNNING'] as const;
export const REGIONS = 20;
export const DAY = Date.UTC(2026, 0, 1);

const encoder = new TextEncoder();

function keyword(value: string): Payload {
  return {
    metadata: { encoding: encoder.encode('json/plain'), type: encoder.encode('Keyword') },
    data: encoder.encode(JSON.stringify(value)),
  };
}

/** Digits of a number that was well stirred, so that type, status and attributes are independent of each other. */
function stirred(number: number, salt: number): number {
  let mixed = Math.imul(number ^ (salt * 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

export const regionOf = (number: number): string => `region-${stirred(number, 5) % REGIONS}`;

export function updateOf(number: number): VisibilityUpdate {
  const startTime = DAY + (stirred(number, 1) % 86_400_000);
  const status = STATUSES[stirred(number, 2) % STATUSES.length] ?? 'COMPLETED';
  const closeTime = status === 'RUNNING' ? undefined : startTime + (stirred(number, 3) % 600_000);
  const workflowId = `workflow-${number}`;
  const runId = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return {
    version: 1,
    info: {
      execution: { workflowId, runId },
      type: { name: TYPES[stirred(number, 4) % TYPES.length] ?? 'order' },
      startTime,
      executionTime: startTime,
      status,
      taskQueue: 'default',
      rootExecution: { workflowId, runId },
      firstRunId: runId,
      memo: { fields: { note: keyword('a memo of usual length, which lists show') } },
      searchAttributes: {
        indexedFields: {
          Region: keyword(regionOf(number)),
          Customer: keyword(`customer-${stirred(number, 6) % 5000}`),
        },
      },
      ...(closeTime !== undefined && {
        closeTime,
        executionDuration: closeTime - startTime,
        historyLength: 23,
      }),
    },
  };
}
