export * from './attributes.ts';
export * from './cron.ts';
