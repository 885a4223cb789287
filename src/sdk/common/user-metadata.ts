import type { PayloadConverter } from './converter/payload-converter.ts';
import { convertOptionalToPayload } from './converter/payload-lists.ts';
import type { SerializationContext } from './converter/serialization-context.ts';
import { withoutUndefined } from './type-helpers.ts';
import type { UserMetadata as WireUserMetadata } from './wire/messages.ts';

/** Texts for people about a workflow, an activity or a timer. */
export interface UserMetadata {
  /** One line. */
  staticSummary?: string;
  /** Several lines of Markdown. */
  staticDetails?: string;
}

/** The texts as payloads; undefined when there are none. */
export function userMetadataToPayload(
  payloadConverter: PayloadConverter,
  staticSummary: string | undefined,
  staticDetails: string | undefined,
  context?: SerializationContext,
): WireUserMetadata | undefined {
  const summary = convertOptionalToPayload(payloadConverter, staticSummary, context) ?? undefined;
  const details = convertOptionalToPayload(payloadConverter, staticDetails, context) ?? undefined;
  if (summary === undefined && details === undefined) return undefined;
  return withoutUndefined({ summary, details });
}
