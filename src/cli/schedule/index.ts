/** `perdure schedule …` */
import type { Group } from '../command/definition.ts';
import { backfill, create, remove, toggleSchedule, trigger, update } from './change.ts';
import { describe, list } from './look.ts';

export const schedule: Group = {
  name: 'schedule',
  about: 'Start workflows at certain times, again and again',
  commands: [create, list, describe, update, toggleSchedule, trigger, backfill, remove],
};
