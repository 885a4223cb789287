/** Pieces that requests of several commands have in common. */

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** Without the members that are undefined: requests leave out what was not said. */
export function defined<Value extends Record<string, unknown>>(value: Value): Partial<Defined<Value>> {
  // Sound: nothing is undefined in what is left.
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<
    Defined<Value>
  >;
}

export const named = (name: string): { name: string } => ({ name });

/** Undefined instead of an object without members. */
export function unlessEmpty<Value extends object>(value: Value): Value | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

export const executionOf = ({
  workflowId,
  runId,
}: {
  workflowId: string;
  runId?: string | undefined;
}): Record<string, string> => ({ workflowId, ...(runId && { runId }) });
