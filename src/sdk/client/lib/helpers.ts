/** What the client makes of the service's replies, for code that calls the service itself. */
import type { LoadedDataConverter } from '../../common/converter/data-converter.ts';
import { messageFromProto } from '../../common/wire/proto-shape.ts';
import {
  CountWorkflowExecutionsResponseSchema,
  type WorkflowExecutionInfo as WireInfo,
  WorkflowExecutionInfoSchema,
} from '../../common/wire/requests.ts';
import { decodeCount, decodeInfo } from '../description.ts';
import { isGrpcServiceError } from '../errors.ts';
import { rethrowKnownErrorTypes as rethrowKnown } from '../rethrow.ts';
import type { GrpcServiceError } from '../rpc-error.ts';
import type { CountWorkflowExecution, RawWorkflowExecutionInfo, WorkflowExecutionInfo } from '../types.ts';

/** What `list` gives for one workflow; `rawDataToEmbed` becomes its `raw`. */
export async function executionInfoFromRaw<T>(
  raw: RawWorkflowExecutionInfo,
  dataConverter: LoadedDataConverter,
  rawDataToEmbed: T,
  namespace: string,
): Promise<Omit<WorkflowExecutionInfo, 'raw'> & { raw: T }> {
  // The schema says what comes of it.
  const info = messageFromProto(WorkflowExecutionInfoSchema, raw) as WireInfo;
  return { ...(await decodeInfo({ dataConverter, namespace }, info)), raw: rawDataToEmbed };
}

/** What `count` gives. */
export function decodeCountWorkflowExecutionsResponse(raw: object): CountWorkflowExecution {
  return decodeCount(messageFromProto(CountWorkflowExecutionsResponseSchema, raw));
}

/** Throws the error that a detail of `err` identifies, if one does. */
export function rethrowKnownErrorTypes(err: GrpcServiceError): void {
  if (isGrpcServiceError(err)) rethrowKnown(err);
}
