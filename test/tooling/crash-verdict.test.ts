/** What the judge of `npm run test:crash` takes for waiting signals. */
import { describe, expect, test } from 'vitest';
import type { HistoryEvent } from '../../scripts/crash/api.ts';
import { signalsOf } from '../../scripts/crash/verdict.ts';

type Short = [eventType: string, attributes?: Record<string, unknown>];

function history(...events: Short[]): HistoryEvent[] {
  return events.map(([type, attributes = {}], index) => ({
    eventId: String(index + 1),
    eventType: `EVENT_TYPE_${type}`,
    eventTime: '2026-01-01T00:00:00Z',
    someEventAttributes: attributes,
  }));
}

const signal = (signalName: string): Short => ['WORKFLOW_EXECUTION_SIGNALED', { signalName, input: [] }];
const release = (number: number): Short => [
  'MARKER_RECORDED',
  { markerName: 'core_patch', details: { 'patch-data': [{ id: `release-${number}`, deprecated: false }] } },
];
const task = (started: number): Short[] => [
  ['WORKFLOW_TASK_SCHEDULED'],
  ['WORKFLOW_TASK_STARTED'],
  ['WORKFLOW_TASK_COMPLETED', { startedEventId: String(started) }],
];

const waiting = (events: HistoryEvent[]) =>
  signalsOf({ runId: 'run', events })
    .filter(({ foundBy }) => foundBy === 'run')
    .map(({ name }) => name);

describe('signals that wait for handlers', () => {
  test('are those before the first task that completed', () => {
    const events = history(
      ['WORKFLOW_EXECUTION_STARTED'],
      signal('add'),
      ...task(4),
      signal('remove'),
      ...task(8),
    );
    expect(waiting(events)).toEqual(['add']);
  });

  test('are, where changed code sleeps first, all that came until the last of its sleeps was over', () => {
    const events = history(
      ['WORKFLOW_EXECUTION_STARTED'],
      ...task(3),
      release(2),
      ['TIMER_STARTED'],
      signal('add'),
      ['TIMER_FIRED'],
      ...task(10),
      release(1),
      ['TIMER_STARTED'],
      ['TIMER_FIRED'],
      signal('remove'),
      ...task(17),
      signal('checkout'),
      ...task(21),
    );
    expect(waiting(events)).toEqual(['add', 'remove']);
  });
});
