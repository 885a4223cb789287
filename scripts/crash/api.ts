/**
 * The HTTP API as a client that will not take a crash for an answer: every write carries a request ID and is repeated until
 * it is acknowledged, so that afterwards each either certainly happened or was certainly refused.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LedgerEntry } from '../../src/demo/operations.ts';

const REQUEST_TIMEOUT_MS = 20_000;
const ATTEMPTS_MAX = 400;

export interface HistoryEvent {
  eventId: string;
  eventType: string;
  eventTime: string;
  [attributes: string]: unknown;
}

export interface RunEnd {
  runId: string;
  /** `COMPLETED`, `FAILED`, ...; `RUNNING` while open. */
  status: string;
  result?: unknown;
  failure?: Failure;
}

export interface Failure {
  message?: string;
  cause?: Failure;
  applicationFailureInfo?: { type?: string };
  timeoutFailureInfo?: { timeoutType?: string };
  activityFailureInfo?: { activityType?: { name?: string } };
}

interface Answer {
  status: number;
  json: Record<string, unknown>;
}

export class Api {
  readonly #url: string;
  /** Requests that were repeated because no acknowledgement came. */
  repeats = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Gives the run ID of the acknowledged start. */
  async start(workflowId: string, type: string, input: unknown): Promise<string> {
    const requestId = crypto.randomUUID();
    const { status, json } = await this.#post(`${path(workflowId)}`, {
      workflowType: { name: type },
      taskQueue: { name: 'default' },
      input: [input],
      requestId,
      workflowIdReusePolicy: 'WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE',
    });
    const details = (json.details as Record<string, unknown>[] | undefined)?.[0];
    // The run this request started may have closed before its acknowledgement could be asked for again.
    if (status === 409 && details?.startRequestId === requestId) return String(details.runId);
    if (status === 200) return String(json.runId);
    throw new Error(`start of ${workflowId}: ${status} ${JSON.stringify(json)}`);
  }

  /** True when acknowledged. False when the run had closed by then; the signal may have reached it even so. */
  async signal(workflowId: string, name: string, args: unknown[], requestId: string): Promise<boolean> {
    const { status, json } = await this.#post(`${path(workflowId)}/signal/${name}`, {
      input: args,
      requestId,
    });
    if (status === 200) return true;
    if (status === 404) return false;
    throw new Error(`signal ${name} to ${workflowId}: ${status} ${JSON.stringify(json)}`);
  }

  async result(workflowId: string, wait: string): Promise<RunEnd> {
    const json = await this.#get(`${path(workflowId)}/result?wait=${wait}`);
    return {
      runId: String(json.runId),
      status: String(json.status).replace('WORKFLOW_EXECUTION_STATUS_', ''),
      result: (json.result as unknown[] | undefined)?.[0],
      failure: json.failure as Failure | undefined,
    };
  }

  async history(workflowId: string, runId: string): Promise<HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    let token = '';
    do {
      const query = `execution.runId=${runId}&nextPageToken=${encodeURIComponent(token)}`;
      const json = await this.#get(`${path(workflowId)}/history?${query}`);
      events.push(...((json.history as { events: HistoryEvent[] }).events ?? []));
      token = String(json.nextPageToken ?? '');
    } while (token !== '');
    return events;
  }

  async ledger(prefix: string): Promise<LedgerEntry[]> {
    const entries: LedgerEntry[] = [];
    for (let after: number | undefined = 0; after !== undefined; ) {
      const json = await this.#get(`/demo/ledger?prefix=${encodeURIComponent(prefix)}&after=${after}`);
      entries.push(...(json.entries as LedgerEntry[]));
      after = json.next as number | undefined;
    }
    return entries;
  }

  #post(path: string, body: unknown): Promise<Answer> {
    const headers = { 'Content-Type': 'application/json' };
    return this.#request(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async #get(path: string): Promise<Record<string, unknown>> {
    const { status, json } = await this.#request(path, { method: 'GET' });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  }

  async #request(path: string, init: RequestInit): Promise<Answer> {
    let last = 'no answer';
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      try {
        const response = await fetch(this.#url + path, {
          ...init,
          signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        });
        const text = await response.text();
        if (response.status < 500 && response.status !== 429)
          return { status: response.status, json: JSON.parse(text) };
        last = `${response.status} ${text.slice(0, 200)}`;
      } catch (error) {
        last = String(error);
      }
      this.repeats++;
      await delay(250);
    }
    throw new Error(`${init.method} ${path} was not acknowledged in ${ATTEMPTS_MAX} attempts; last: ${last}`);
  }
}

function path(workflowId: string): string {
  return `/api/v1/namespaces/default/workflows/${encodeURIComponent(workflowId)}`;
}
