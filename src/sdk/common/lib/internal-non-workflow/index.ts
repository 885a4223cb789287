export * from './codec-helpers.ts';
export * from './data-converter-helpers.ts';
export * from './external-storage-runner.ts';
export * from './extstore-helpers.ts';
export * from './parse-host-uri.ts';
export * from './proxy-config.ts';
export * from './tls-config.ts';
