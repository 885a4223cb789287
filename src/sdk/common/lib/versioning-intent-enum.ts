import {
  checkVersioningIntent,
  type VersioningIntent as VersioningIntentName,
} from '../versioning-intent.ts';

/** @deprecated Build-ID version sets have no effect. */
export const VersioningIntent = {
  UNSPECIFIED: 0,
  COMPATIBLE: 1,
  DEFAULT: 2,
  // As an enum has it: the names of the numbers.
  0: 'UNSPECIFIED',
  1: 'COMPATIBLE',
  2: 'DEFAULT',
} as const;
export type VersioningIntent = (typeof VersioningIntent)[VersioningIntentName | 'UNSPECIFIED'];

/** @deprecated Build-ID version sets have no effect. */
export function versioningIntentToProto(intent: VersioningIntentName | undefined): VersioningIntent {
  checkVersioningIntent(intent);
  return VersioningIntent[intent ?? 'UNSPECIFIED'];
}
