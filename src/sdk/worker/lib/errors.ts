export { UnhandledRejectionError } from '../../../executor/errors.ts';
export * from '../errors.ts';
