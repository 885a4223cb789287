/**
 * How activities talk to the demo service: over fetch, with an idempotency key, and with its answers told apart by what the
 * retry policy should do about them.
 */
import { activityInfo } from 'perdure/activity';
import { ApplicationFailure } from 'perdure/common';
import { type Operation, operations, type ServiceCall, type Simulation } from '../demo/operations.ts';

export interface DemoServiceOptions {
  /** The demo service itself, or `globalThis.fetch` for one that runs elsewhere. */
  fetch(request: Request): Promise<Response>;
  /** Where the service is served. */
  baseUrl?: string;
}

export interface DemoRequest
  extends Omit<ServiceCall, 'operation' | 'key' | 'fault' | 'undoKey' | 'attempt'> {
  simulate?: Simulation;
  /** Tells apart several requests of one activity. */
  part?: string;
}

/** Gives the ID of what was made; an empty one if an undo found nothing. */
export type CallDemoService = (operation: Operation, request: DemoRequest) => Promise<string>;

export function connectDemoService({ fetch, baseUrl = 'http://demo' }: DemoServiceOptions): CallDemoService {
  return async (operation, { simulate, part, ...body }) => {
    const request = new Request(baseUrl + operations[operation].path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': keyOf(operation, part) },
      body: JSON.stringify({
        ...body,
        ...undoOf(operation),
        attempt: activityInfo().attempt,
        fault: simulate?.[operation],
      }),
    });
    return readAnswer(await fetch(request));
  };
}

/** One step of one run has one key, so an attempt that repeats another is recognised. */
function keyOf(operation: Operation, part?: string): string {
  const runId = activityInfo().workflowExecution?.runId;
  return [runId, operation, part].filter((piece) => piece !== undefined).join('/');
}

function undoOf(operation: Operation): { undoKey?: string } {
  const described = operations[operation];
  return 'undoes' in described ? { undoKey: keyOf(described.undoes) } : {};
}

async function readAnswer(response: Response): Promise<string> {
  const text = await response.text();
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json');
  const answer: { id?: string; error?: string; message?: string } = isJson
    ? JSON.parse(text)
    : { message: text };
  if (response.ok) return answer.id ?? '';
  const { error: type, message } = answer;
  throw ApplicationFailure.create({ type, message, nonRetryable: response.status < 500 });
}
