/** @deprecated Worker build IDs are not used here. */
export type VersioningIntent = 'COMPATIBLE' | 'DEFAULT';
