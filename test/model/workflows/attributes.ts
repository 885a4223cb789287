/** Runs that set search attributes. */
import { defineSearchAttributeKey, SearchAttributeType } from 'perdure/common';
import { condition, defineSignal, executeChild, setHandler, upsertSearchAttributes } from 'perdure/workflow';

export const proceed = defineSignal('proceed');

export async function upserts(name: string, value: unknown): Promise<string> {
  upsertSearchAttributes({ [name]: [value] as string[] });
  let mayGo = false;
  setHandler(proceed, () => {
    mayGo = true;
  });
  await condition(() => mayGo);
  return 'upserted';
}

export async function quietly(): Promise<string> {
  return 'done';
}

export async function startsChildWith(name: string): Promise<string> {
  const key = defineSearchAttributeKey(name, SearchAttributeType.KEYWORD);
  return await executeChild(quietly, { typedSearchAttributes: [{ key, value: 'x' }] });
}
