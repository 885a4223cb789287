import { executeChild } from 'perdure/workflow';
import type { Work } from '../work.ts';

/** Children in a row, each a workflow that only returns. */
export async function children({ steps }: Work): Promise<number> {
  let returned = 0;
  for (let index = 0; index < steps; index++) returned += await executeChild(child);
  return returned;
}

export async function child(): Promise<number> {
  return 1;
}
