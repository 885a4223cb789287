import { describe, expect, test } from 'vitest';
import { useCommands } from './commands.ts';

const { text, json, refused, until } = useCommands();

const action = ['--type', 'hello', '-t', 'q', '-i', '"s"'];

interface Described {
  schedule: { spec: object; action: object; policies: object; state?: object };
  info: { recentActions?: { startWorkflowResult: { workflowId: string } }[] };
}

describe('perdure schedule', () => {
  test('create and describe: when, what, and what if', async () => {
    await text(
      ...['schedule', 'create', '-s', 'made', ...action, '-w', 'report', '--interval', '1h/5m'],
      ...['--calendar', '{"dayOfWeek":"Fri","hour":"17"}', '--time-zone', 'Europe/Berlin', '--jitter', '10s'],
      ...['--overlap-policy', 'buffer-one', '--catchup-window', '1h', '--pause-on-failure', '--paused=true'],
      ...['--notes', 'not yet', '--remaining-actions', '3', '--end-time', '2100-01-01T00:00:00Z'],
      ...['--schedule-memo', 'team="a"', '--memo', 'of="it"'],
    );
    expect(await json<Described>('schedule', 'describe', '-s', 'made')).toMatchObject({
      schedule: {
        spec: {
          interval: [{ interval: '3600s', phase: '300s' }],
          structuredCalendar: [{ dayOfWeek: [{ start: 5 }], hour: [{ start: 17 }] }],
          timezoneName: 'Europe/Berlin',
          jitter: '10s',
          endTime: '2100-01-01T00:00:00Z',
        },
        action: { startWorkflow: { workflowId: 'report', input: ['s'], memo: { fields: { of: 'it' } } } },
        policies: {
          overlapPolicy: 'SCHEDULE_OVERLAP_POLICY_BUFFER_ONE',
          catchupWindow: '3600s',
          pauseOnFailure: true,
        },
        state: { paused: true, notes: 'not yet', limitedActions: true, remainingActions: '3' },
      },
      memo: { fields: { team: 'a' } },
    });
    const shown = await text('schedule', 'describe', '-s', 'made');
    expect(shown).toMatch(/Specification +every 1h0m0s at 5m0s; dayOfWeek 5, hour 17; in Europe\/Berlin\n/);
    expect(shown).toMatch(/OverlapPolicy +BufferOne\n/);
  });

  test('update replaces it, toggle pauses it and lets it go on', async () => {
    await text('schedule', 'create', '-s', 'changed', ...action, '--interval', '1h');
    await text('schedule', 'update', '-s', 'changed', ...action, '--cron', '0 2 * * *');
    expect(await text('schedule', 'describe', '-s', 'changed')).toMatch(/Specification +0 2 \* \* \*\n/);
    await text('schedule', 'toggle', '-s', 'changed', '--pause', '--reason', 'holidays');
    expect(await text('schedule', 'describe', '-s', 'changed')).toMatch(
      /Paused +true\n {2}Notes +holidays\n/,
    );
    await text('schedule', 'toggle', '-s', 'changed', '--unpause', '--pause=false');
    expect(await text('schedule', 'describe', '-s', 'changed')).toMatch(/Paused +false\n/);
    expect(await refused('schedule', 'toggle', '-s', 'changed')).toContain('--pause or --unpause');
  });

  test('trigger and backfill take its action', async () => {
    await text('schedule', 'create', '-s', 'acts', ...action, '--interval', '1h', '--paused');
    await text('schedule', 'trigger', '-s', 'acts', '--overlap-policy', 'AllowAll');
    const times = ['--start-time', '2026-01-01T00:30:00Z', '--end-time', '2026-01-01T02:30:00Z'];
    await text('schedule', 'backfill', '-s', 'acts', ...times, '--overlap-policy', 'AllowAll');
    const { info } = await until<Described>(
      (found) => found.info.recentActions?.length === 3,
      ...['schedule', 'describe', '-s', 'acts'],
    );
    expect(info.recentActions?.map((item) => item.startWorkflowResult.workflowId)).toContain(
      'acts-2026-01-01T01:00:00Z',
    );
  });

  test('list and delete', async () => {
    await text('schedule', 'create', '-s', 'listed', ...action, '--interval', '2h', '--notes', 'n');
    await until<{ scheduleId: string }[]>(
      (found) => found.some(({ scheduleId }) => scheduleId === 'listed'),
      ...['schedule', 'list'],
    );
    expect(await text('schedule', 'list')).toMatch(
      /\n {2}listed +every 2h0m0s +hello +[\w ]+from now +false\n/,
    );
    expect(await text('schedule', 'list', '--long')).toMatch(
      /^ {2}ScheduleId .* Notes +Memo +SearchAttributes\n/,
    );
    await text('schedule', 'delete', '-s', 'listed');
    expect(await refused('schedule', 'describe', '-s', 'listed')).toMatch(
      /schedule 'listed' in namespace 'default'.*\(NOT_FOUND\)\nSee what there is: perdure schedule list\n/,
    );
    expect(await refused('schedule', 'create', '-s', 'x', ...action, '--interval', 'often')).toContain(
      "found 'often'",
    );
  });
});
