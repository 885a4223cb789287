/** A spec that names no times. Clients turn the refusal with this text in front into a `TypeError`. */
export class ScheduleSpecError extends Error {
  override readonly name = 'ScheduleSpecError';

  constructor(problem: string) {
    super(`Invalid schedule spec: ${problem}`);
  }
}
