/**
 * Random requests against a server, one after another, judged by what every answer must be.
 *
 * F1 No 5xx, but the 501 of what is not offered and the 503 and 504 that say so: what is wrong with a request is a 4xx.
 * F2 Every answer is JSON; every refusal a `google.rpc.Status` whose code belongs to its HTTP status.
 * F3 What was not named in any request is as it was.
 */
import { grpcStatus } from '../../../src/sdk/client/rpc-error.ts';
import { Random } from '../../conformance/simulation/random.ts';
import { preparations } from './preparations.ts';
import { type RandomRequest, randomRequest, tokenKind } from './random-request.ts';

export interface Answer {
  status: number;
  contentType: string;
  text: string;
}

/** Undefined when the caller gave up before there was an answer, as long polls make it. */
export type Ask = (request: RandomRequest) => Promise<Answer | undefined>;

/** Calls that wait for something: whoever asks need not stay for the answer. */
export const mayWait = (target: string, headers: Readonly<Record<string, string>>): boolean =>
  'prefer' in headers ||
  /poll-|\/poll\b|\/outcome|\/watch|\/updates?\/|update-with-start|\/result|\/query\/|wait/i.test(target);

export interface FuzzResult {
  answered: number;
  /** How often each status came. */
  statuses: Record<number, number>;
  /** Calls that were answered with 200 at least once. */
  accepted: Set<string>;
}

const CODES: Readonly<Record<number, readonly number[]>> = {
  400: [grpcStatus.INVALID_ARGUMENT, grpcStatus.FAILED_PRECONDITION, grpcStatus.OUT_OF_RANGE],
  401: [grpcStatus.UNAUTHENTICATED],
  403: [grpcStatus.PERMISSION_DENIED],
  404: [grpcStatus.NOT_FOUND],
  409: [grpcStatus.ALREADY_EXISTS, grpcStatus.ABORTED],
  429: [grpcStatus.RESOURCE_EXHAUSTED],
  499: [grpcStatus.CANCELLED],
  501: [grpcStatus.UNIMPLEMENTED],
  504: [grpcStatus.DEADLINE_EXCEEDED],
};

export interface FuzzOptions {
  seed: number;
  count: number;
  ask: Ask;
  /** Looked at between requests: what a server that was disturbed would fail. */
  canary: { every: number; check(): Promise<void> };
  /** Told what is wrong with an answer. Unless given, that ends the run. */
  onComplaint?: (complaint: string) => void;
}

function raise(complaint: string): never {
  throw new Error(complaint);
}

export async function fuzz({
  seed,
  count,
  ask,
  canary,
  onComplaint = raise,
}: FuzzOptions): Promise<FuzzResult> {
  const random = new Random(seed);
  const pools = initialPools();
  const result: FuzzResult = { answered: 0, statuses: {}, accepted: new Set() };
  for (let i = 0; i < count; i++) {
    if (i % PREPARE_EVERY === 0) await prepare(ask, pools, i / PREPARE_EVERY);
    const request = randomRequest(random, pools);
    const answer = await ask(request);
    if (answer !== undefined) {
      const fault = faultOf(request, answer);
      if (fault !== undefined) onComplaint(`seed ${seed}, request ${i}: ${fault}`);
      result.answered++;
      result.statuses[answer.status] = (result.statuses[answer.status] ?? 0) + 1;
      if (answer.status === 200) {
        result.accepted.add(request.call);
        learn(pools, request.call, parse(answer.text));
      }
    }
    if (i % canary.every === canary.every - 1) await canary.check();
  }
  await canary.check();
  return result;
}

const PREPARE_EVERY = 40;

/** What goes on between the noise: a run with an activity that a worker holds. */
async function prepare(ask: Ask, pools: Map<string, string[]>, round: number): Promise<void> {
  for (const next of preparations(round)) {
    const request = next((kind) => pools.get(kind)?.at(-1) ?? '');
    const answer = await ask(request);
    if (answer?.status === 200) learn(pools, request.call, parse(answer.text));
  }
}

function faultOf(request: RandomRequest, answer: Answer): string | undefined {
  const isOwn = answer.status === 200 && request.contentType !== undefined;
  const what = isOwn ? wrongKind(answer, request.contentType) : whatIsWrong(answer);
  if (what === undefined) return undefined;
  const body = request.body ? new TextDecoder().decode(request.body).slice(0, 1000) : '';
  const asked = `${request.method} ${request.target}\n${JSON.stringify(request.headers)}\n${body}`;
  return `${what}\n${asked}\n-> ${answer.status} ${answer.contentType} ${answer.text.slice(0, 1000)}`;
}

function wrongKind({ contentType }: Answer, right: RegExp | undefined): string | undefined {
  return right?.test(contentType) ? undefined : 'the answer is not of the kind that its route gives';
}

/** In a message, outside of what it quotes: nobody wrote that. */
const ACCIDENT = /\b(?:TypeError|RangeError|undefined|SQLITE)\b|\[object/;

function whatIsWrong({ status, contentType, text }: Answer): string | undefined {
  if (status === 204) return text === '' ? undefined : 'no content has content';
  if (!/^application\/json\b/.test(contentType)) return 'the answer is not JSON';
  const body = parse(text);
  if (typeof body !== 'object' || body === null) return 'the answer is not a JSON object';
  if (status === 200) return undefined;
  const { code, message, details } = body as Record<string, unknown>;
  if (typeof code !== 'number' || !CODES[status]?.includes(code)) return 'the code is not that of its status';
  if (typeof message !== 'string' || message === '') return 'the error says nothing';
  if (!Array.isArray(details)) return 'the error has no list of details';
  return ACCIDENT.test(message.replaceAll(/"[^"]*"|'[^']*'/g, ''))
    ? 'the message is that of an accident'
    : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const initialPools = (): Map<string, string[]> =>
  new Map(
    Object.entries({
      namespace: ['default', 'default', 'default', 'other', 'nowhere'],
      workflowId: ['w-0', 'w-1', 'w-2', 'w-3', 'ワークフロー'],
      name: ['fuzz', 'fuzz', 'fuzz', 'fuzz', 'cart', 'default'],
      signalName: ['go', 'stop'],
      queryType: ['__stack_trace', 'getStatus'],
      updateId: ['u-0', 'u-1'],
      activityId: ['1', '1', '2'],
      operationId: ['1', '1', '2'],
      endpoint: ['fuzz'],
      service: ['fuzz'],
      operation: ['fuzz', 'undo'],
      updateMask: ['startToCloseTimeout', 'taskQueue.name', 'priority', 'retryPolicy.maximumAttempts', '*'],
      id: ['1', '2'],
      type: ['fuzz'],
      requestId: ['r-0', 'r-1'],
      runId: ['', ''],
      cronSchedule: ['', '', '@every 1h', '0 12 * * *'],
      identity: ['me'],
      key: ['key', 'CustomKeywordField'],
    }),
  );

const LEARNT_MAX = 8;
const LEARNT: readonly string[] = ['taskToken', 'nextPageToken', 'runId', 'id'];

/** Tokens and run IDs out of answers go into later requests. */
function learn(pools: Map<string, string[]>, call: string, json: unknown): void {
  if (typeof json !== 'object' || json === null) return;
  for (const [key, value] of Object.entries(json)) {
    if (typeof value === 'string' && LEARNT.includes(key)) {
      const kind = key === 'taskToken' ? tokenKind(call) : key;
      pools.set(kind, [...(pools.get(kind) ?? []).slice(1 - LEARNT_MAX), value]);
    } else learn(pools, call, value);
  }
}
