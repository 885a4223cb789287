/** `perdure activity …` */
import type { Group } from '../command/definition.ts';
import { pause, reset, unpause, updateOptions } from './control.ts';
import { cancel, complete, fail, remove, terminate } from './end.ts';
import { count, describe, list } from './look.ts';
import { execute, result, start } from './start.ts';

export const activity: Group = {
  name: 'activity',
  about: 'Operate on activities: of workflows, and those that were started by themselves',
  commands: [
    start,
    execute,
    result,
    list,
    count,
    describe,
    complete,
    fail,
    cancel,
    terminate,
    remove,
    pause,
    unpause,
    reset,
    updateOptions,
  ],
};
