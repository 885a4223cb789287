/**
 * What calls of the client carry besides the options of callers, and tell beside their results: set and read by the helpers of
 * Nexus handlers, under symbols that interceptors pass on without knowing them.
 */
import type { UpdateOutcome } from '../common/wire/messages.ts';
import type { Link } from '../common/wire/requests.ts';

const symbolOf = (call: string) => Symbol.for(`__temporal_internal_client_${call}_options`) as never;

export const InternalWorkflowStartOptionsSymbol: unique symbol = symbolOf('workflow_start');
export const InternalWorkflowUpdateOptionsSymbol: unique symbol = symbolOf('workflow_update');
export const InternalWorkflowSignalOptionsSymbol: unique symbol = symbolOf('workflow_signal');
export const InternalWorkflowQueryOptionsSymbol: unique symbol = symbolOf('workflow_query');
export const InternalActivityStartOptionsSymbol: unique symbol = symbolOf('activity_start');

/** Where the link of a call's response is left. */
export interface LinkOfResponse {
  responseLink?: Link | undefined;
}

export interface InternalSignalOptions extends LinkOfResponse {
  links?: Link[];
}

export interface InternalUpdateOptions extends InternalSignalOptions {
  requestId?: string;
  completionCallbacks?: unknown[];
  /** Left here when the update has ended already. */
  outcome?: UpdateOutcome | undefined;
}

export interface InternalStartOptions extends InternalSignalOptions {
  requestId?: string;
  completionCallbacks?: unknown[];
  onConflictOptions?: {
    attachRequestId?: boolean;
    attachCompletionCallbacks?: boolean;
    attachLinks?: boolean;
  };
}

interface BySymbol {
  [InternalWorkflowStartOptionsSymbol]?: InternalStartOptions;
  [InternalWorkflowUpdateOptionsSymbol]?: InternalUpdateOptions;
  [InternalWorkflowSignalOptionsSymbol]?: InternalSignalOptions;
  [InternalWorkflowQueryOptionsSymbol]?: LinkOfResponse;
  [InternalActivityStartOptionsSymbol]?: InternalStartOptions;
}

/** What `carrier`, the options or the input of a call, has under the symbol. */
export function internalOptionsOf<S extends keyof BySymbol>(carrier: object, symbol: S): BySymbol[S] {
  // Sound: only what is written here stands under these symbols.
  return (carrier as BySymbol)[symbol];
}

/** To go on with the call; nothing where there is nothing. */
export function carryOn<S extends keyof BySymbol>(carrier: object, symbol: S): Pick<BySymbol, S> {
  const found = internalOptionsOf(carrier, symbol);
  // Sound: as above.
  return (found === undefined ? {} : { [symbol]: found }) as Pick<BySymbol, S>;
}

/** The part of a request that starts something. */
export function startFields(
  internal: InternalStartOptions | undefined,
): Omit<InternalStartOptions, 'responseLink'> {
  const { requestId, completionCallbacks, onConflictOptions, links } = internal ?? {};
  return {
    ...(requestId && { requestId }),
    ...(completionCallbacks && { completionCallbacks }),
    ...(onConflictOptions && { onConflictOptions }),
    ...(links?.length && { links }),
  };
}

export function keepLink(internal: LinkOfResponse | undefined, link: Link | undefined): void {
  if (internal !== undefined) internal.responseLink = link;
}
