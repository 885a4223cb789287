import { DateTime } from 'luxon';
import { condition } from 'perdure/workflow';
import { z } from 'zod';

const Input = z.object({ at: z.string() });

/** Drags two real libraries along, and waits. */
export async function libraries(input: unknown): Promise<string> {
  const { at } = Input.parse(input);
  await condition(() => false);
  return DateTime.fromISO(at, { zone: 'utc' }).toISODate() ?? '';
}
