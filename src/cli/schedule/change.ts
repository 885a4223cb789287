import { randomUUID } from 'node:crypto';
import { defineCommand } from '../command/definition.ts';
import { text, time, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { defined } from '../input/requests.ts';
import { overlapPolicyFlag, scheduleFlags, scheduleIdFlag, scheduleRequest } from './flags.ts';

export const create = defineCommand({
  name: 'create',
  about: 'Create a schedule, which starts workflows at certain times',
  flags: scheduleFlags,
  async run({ api, out, io }, flags) {
    const request = await scheduleRequest(flags, io.cwd);
    const { identity } = api;
    const answer = await api.call('createSchedule', { ...request, identity, requestId: randomUUID() });
    out.done(`Schedule created: ${flags.scheduleId}`, answer);
  },
});

export const update = defineCommand({
  name: 'update',
  about: 'Replace what a schedule does: what is not given is as in a new one',
  flags: scheduleFlags,
  async run({ api, out, io }, flags) {
    const request = await scheduleRequest(flags, io.cwd);
    const { identity } = api;
    const answer = await api.call('updateSchedule', { ...request, identity, requestId: randomUUID() });
    out.done(`Schedule updated: ${flags.scheduleId}`, answer);
  },
});

export const toggleSchedule = defineCommand({
  name: 'toggle',
  about: 'Pause a schedule, or let it go on',
  flags: {
    scheduleId: scheduleIdFlag,
    pause: toggle('--pause', 'Pause it'),
    unpause: toggle('--unpause', 'Let it go on'),
    reason: text('--reason <text>', 'Why: it becomes the notes of the schedule'),
  },
  async run({ api, out }, { scheduleId, pause, unpause, reason }) {
    if (pause === unpause) throw new UsageError('expected either --pause or --unpause');
    const note = reason ?? (pause ? 'Paused' : 'Unpaused');
    const { identity } = api;
    const patch = pause ? { pause: note } : { unpause: note };
    const answer = await api.call('patchSchedule', { scheduleId, patch, identity, requestId: randomUUID() });
    out.done(`Schedule ${pause ? 'paused' : 'unpaused'}: ${scheduleId}`, answer);
  },
});

export const trigger = defineCommand({
  name: 'trigger',
  about: 'Take the action of a schedule now',
  flags: { scheduleId: scheduleIdFlag, overlapPolicy: overlapPolicyFlag },
  async run({ api, out }, { scheduleId, overlapPolicy }) {
    const answer = await api.call('patchSchedule', {
      scheduleId,
      patch: { triggerImmediately: defined({ overlapPolicy }) },
      identity: api.identity,
      requestId: randomUUID(),
    });
    out.done(`Schedule triggered: ${scheduleId}`, answer);
  },
});

export const backfill = defineCommand({
  name: 'backfill',
  about: 'Take the actions that a schedule would have taken in a time that is past',
  flags: {
    scheduleId: scheduleIdFlag,
    startTime: time('--start-time <time>', 'From').required,
    endTime: time('--end-time <time>', 'To').required,
    overlapPolicy: overlapPolicyFlag,
  },
  async run({ api, out }, { scheduleId, startTime, endTime, overlapPolicy }) {
    const answer = await api.call('patchSchedule', {
      scheduleId,
      patch: { backfillRequest: [defined({ startTime, endTime, overlapPolicy })] },
      identity: api.identity,
      requestId: randomUUID(),
    });
    out.done(`Backfill requested: ${scheduleId}, from ${startTime} to ${endTime}`, answer);
  },
});

export const remove = defineCommand({
  name: 'delete',
  about: 'Delete a schedule; workflows that it started go on',
  flags: { scheduleId: scheduleIdFlag },
  async run({ api, out }, { scheduleId }) {
    const answer = await api.call('deleteSchedule', { scheduleId, identity: api.identity });
    out.done(`Schedule deleted: ${scheduleId}`, answer);
  },
});
