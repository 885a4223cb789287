import type { VersioningIntent as VersioningIntentName } from '../versioning-intent.ts';

/** @deprecated Build-ID version sets have no effect. */
export const VersioningIntent = { UNSPECIFIED: 0, COMPATIBLE: 1, DEFAULT: 2 } as const;
export type VersioningIntent = (typeof VersioningIntent)[keyof typeof VersioningIntent];

/** @deprecated Build-ID version sets have no effect. */
export function versioningIntentToProto(intent: VersioningIntentName | undefined): VersioningIntent {
  return VersioningIntent[intent ?? 'UNSPECIFIED'];
}
