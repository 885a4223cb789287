import { makeEnumConverters } from './enum-converters.ts';
import * as wire from './wire/messages.ts';

/**
 * Why continue-as-new is suggested.
 *
 * @experimental
 */
export const SuggestContinueAsNewReason = {
  HISTORY_SIZE_TOO_LARGE: 'HISTORY_SIZE_TOO_LARGE',
  TOO_MANY_HISTORY_EVENTS: 'TOO_MANY_HISTORY_EVENTS',
  TOO_MANY_UPDATES: 'TOO_MANY_UPDATES',
} as const;
export type SuggestContinueAsNewReason =
  (typeof SuggestContinueAsNewReason)[keyof typeof SuggestContinueAsNewReason];

export const [encodeSuggestContinueAsNewReason, decodeSuggestContinueAsNewReason] = makeEnumConverters(
  wire.SuggestContinueAsNewReason,
);

/** The reasons by name; undefined when there are none. */
export function suggestContinueAsNewReasonsFromProto(
  reasons: readonly number[] | null | undefined,
): SuggestContinueAsNewReason[] | undefined {
  const known = (reasons ?? []).flatMap((reason) => decodeSuggestContinueAsNewReason(reason) ?? []);
  return known.length === 0 ? undefined : known;
}
