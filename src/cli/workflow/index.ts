/** `perdure workflow …` */
import type { Group } from '../command/definition.ts';
import { describe } from './describe.ts';
import { execute } from './execute.ts';
import { fixHistoryJson } from './fix-history-json.ts';
import { count, list } from './list.ts';
import { metadata, query, stack } from './query.ts';
import { reset } from './reset.ts';
import { result } from './result.ts';
import { show } from './show.ts';
import { signal, signalWithStart } from './signal.ts';
import { start } from './start.ts';
import { changes } from './stop.ts';
import { trace } from './trace.ts';
import { update } from './update.ts';
import { updateOptions } from './update-options.ts';
import { executeUpdateWithStart, startUpdateWithStart } from './update-with-start.ts';

export const workflow: Group = {
  name: 'workflow',
  about: 'Start, list and operate on workflows',
  commands: [
    start,
    execute,
    result,
    list,
    count,
    describe,
    show,
    signal,
    signalWithStart,
    query,
    update,
    executeUpdateWithStart,
    startUpdateWithStart,
    stack,
    trace,
    metadata,
    ...changes,
    reset,
    updateOptions,
    fixHistoryJson,
  ],
};
