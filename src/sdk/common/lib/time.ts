export * from '../deprecated-time.ts';
export { type Duration, msOptionalToNumber, msToNumber, type StringValue } from '../time.ts';
