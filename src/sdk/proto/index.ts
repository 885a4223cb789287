/**
 * Temporal's protobuf messages and enums, as `@temporalio/proto` has them: for codecs that encode payloads, and for raw calls.
 *
 * ```ts
 * import { temporal } from 'perdure/proto';
 * const bytes = temporal.api.common.v1.Payload.encode(payload).finish();
 * ```
 *
 * Not for workflow code, which has no need of a megabyte of descriptions; types may be imported there.
 *
 * @module
 */
import proto from '@temporalio/proto';
import { interpretWhereCodeCannotBeGenerated } from '../protobufs/code-generation.ts';

interpretWhereCodeCannotBeGenerated();

// The package is a CommonJS module, whose names Node cannot see: they are named here one by one.
export const coresdk: typeof proto.coresdk = proto.coresdk;
export const google: typeof proto.google = proto.google;
export const temporal: typeof proto.temporal = proto.temporal;
export default proto;
