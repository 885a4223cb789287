/** @deprecated Worker build IDs are not used here. */
export type VersioningIntent = 'COMPATIBLE' | 'DEFAULT';

/** It has no effect, but what is none is refused where it is given, as in Temporal. */
export function checkVersioningIntent(intent: VersioningIntent | undefined): void {
  if (intent === undefined || intent === 'COMPATIBLE' || intent === 'DEFAULT') return;
  throw new TypeError(`Unexpected VersioningIntent: ${intent}`);
}
