export { compileRetryPolicy, decompileRetryPolicy } from '../proto-retry-policy.ts';
export type { RetryPolicy } from '../retry-policy.ts';
