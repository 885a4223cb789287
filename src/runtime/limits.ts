/** The limits in force: those of group LIM, with what the Worker's variables and the runtime's options change. */
import type { EngineLimits } from '../engine/api.ts';
import { DEFAULT_LIMITS, limitsForPayloads, PAYLOAD_BYTES_CEILING } from '../engine/limits.ts';
import { SettingsError } from '../routes/settings.ts';

const PAYLOAD_BYTES_FLOOR = 64 * 1024;

/** What is given wins over `payloadBytes`, the variable PERDURE_PAYLOAD_BYTES_MAX. Throws `SettingsError`. */
export function limitsOf(
  payloadBytes: string | undefined,
  given: Partial<EngineLimits> | undefined,
): EngineLimits {
  const payloadBytesMax = given?.payloadBytesMax ?? parse(payloadBytes);
  if (payloadBytesMax > PAYLOAD_BYTES_CEILING) {
    throw new SettingsError(
      `limits.payloadBytesMax: expected at most ${PAYLOAD_BYTES_CEILING}, got ${payloadBytesMax}`,
    );
  }
  return { ...limitsForPayloads(payloadBytesMax), ...given };
}

function parse(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_LIMITS.payloadBytesMax;
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes >= PAYLOAD_BYTES_FLOOR && bytes <= PAYLOAD_BYTES_CEILING)
    return bytes;
  throw new SettingsError(
    `PERDURE_PAYLOAD_BYTES_MAX: expected a number of bytes from ${PAYLOAD_BYTES_FLOOR} to ${PAYLOAD_BYTES_CEILING}, got ${JSON.stringify(text)}`,
  );
}
