/** The flags of a priority: what is dispatched first, and what share of a queue a key may have. */
import type { FlagValues } from '../command/definition.ts';
import { integer, number, text } from '../command/flags.ts';
import { defined, unlessEmpty } from './requests.ts';

export const priorityFlags = {
  priorityKey: integer('--priority-key <number>', 'Priority: 1 is first, 5 last; 3 unless set'),
  fairnessKey: text('--fairness-key <key>', 'Whose share of the task queue this is'),
  fairnessWeight: number('--fairness-weight <number>', 'How large that share is, beside 1 of the others'),
};

export const priorityOf = (flags: FlagValues<typeof priorityFlags>) =>
  unlessEmpty(
    defined({
      priorityKey: flags.priorityKey,
      fairnessKey: flags.fairnessKey,
      fairnessWeight: flags.fairnessWeight,
    }),
  );
