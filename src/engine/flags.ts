/**
 * Numbered switches of what folding history does. Append-only: a number is never reused, a flag never removed while a history
 * written before it can still be folded; each has a recorded history from before the change in `test/histories/`.
 */
export interface EngineFlag {
  readonly number: number;
  readonly reason: string;
}

/** None so far: the first release defines the behaviour that later flags depart from. */
export const ENGINE_FLAGS: readonly EngineFlag[] = [];
