import { condition, defineUpdate, setHandler } from 'perdure/workflow';

export const finish = defineUpdate<number, [number]>('finish');

/** Waits for an update, and ends with it. */
export async function updated(): Promise<number> {
  let value: number | undefined;
  setHandler(finish, (given) => {
    value = given;
    return given;
  });
  await condition(() => value !== undefined);
  return value ?? 0;
}
