/** Small functions of common, as programs pass them on. */
import {
  errorCode,
  errorMessage,
  extractWorkflowType,
  u8 as toBytes,
  str as toText,
} from '@temporalio/common';
import type { Equal, Expect } from './expect';

export { compileRetryPolicy, extractWorkflowType } from '@temporalio/common';
export const isCloudConnection = (address: string) => address.endsWith('.tmprl.cloud:7233');
export const u8: (text: string) => Uint8Array = toBytes;
export const str = (bytes: Uint8Array): string => toText(bytes);
export const message = errorMessage(new Error('x'));
export const code = errorCode({ code: 'ENOENT' });
type _Message = Expect<Equal<typeof message, string | undefined>>;
type _Code = Expect<Equal<typeof code, string | undefined>>;
export const name = extractWorkflowType(async function order() {});
type _Name = Expect<Equal<typeof name, string>>;
// @ts-expect-error TS2345: a workflow is a name or a function
extractWorkflowType(5);
