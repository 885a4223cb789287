/** A `WorkflowExecution` object that does as it is told and remembers what it was asked. */
import type { Result, StatusError } from '../../src/engine/api.ts';
import type {
  HistoryPage,
  WorkflowExecutionApi,
} from '../../src/objects/execution/workflow-execution-api.ts';
import type { NamespaceDirectory, NamespaceRecord } from '../../src/objects/namespace/namespace-api.ts';
import {
  changeSearchAttributes,
  changeSettings,
  defaultNamespace,
  registerNamespace,
  updateNamespace,
} from '../../src/objects/namespace/namespace-record.ts';
import { createApp } from '../../src/routes/app.ts';
import type { RouteBindings } from '../../src/routes/settings.ts';
import type { HistoryEvent } from '../../src/sdk/common/wire/events.ts';

export type Method = keyof WorkflowExecutionApi;
export interface Asked {
  method: Method;
  args: unknown[];
}

export const RUN_ID = '0190a000-0000-7000-8000-000000000001';

export type Replies = { [M in Method]?: (...args: Parameters<WorkflowExecutionApi[M]>) => unknown };

const ok = <T>(value: T): Result<T> => ({ ok: true, value });

const DEFAULTS: Replies = {
  start: () => ok({ runId: RUN_ID, firstExecutionRunId: RUN_ID, started: true, status: 'RUNNING' }),
  signalWithStart: () =>
    ok({ runId: RUN_ID, firstExecutionRunId: RUN_ID, started: false, status: 'RUNNING' }),
  apply: () => ok(undefined),
  query: () => ok({ result: { payloads: [jsonPayload(42)] } }),
  reset: () => ok({ runId: 'new-run' }),
  pause: () => ok(undefined),
  unpause: () => ok(undefined),
  result: () => ok({ runId: RUN_ID, status: 'COMPLETED', closeEvent: completedEvent(3, 'done') }),
  fetch: () => ({ webSocket: null }),
};

export interface FakeExecution {
  api: WorkflowExecutionApi;
  asked: Asked[];
  replies: Replies;
}

export function fakeExecution(replies: Replies = {}): FakeExecution {
  const asked: Asked[] = [];
  const all: Replies = { ...DEFAULTS, ...replies };
  const api = new Proxy({} as WorkflowExecutionApi, {
    get: (_, method: Method) => {
      const reply = all[method] as ((...args: unknown[]) => unknown) | undefined;
      return async (...args: unknown[]) => {
        asked.push({ method, args });
        if (!reply) throw new Error(`The fake has no reply to ${method}`);
        // Structured cloning, as RPC does it: what is not plain data fails here too.
        return method === 'fetch' ? reply(...args) : structuredClone(await reply(...structuredClone(args)));
      };
    },
  });
  return { api, asked, replies: all };
}

export const refused = (error: StatusError): Result<never> => ({ ok: false, error });

export const jsonPayload = (value: unknown) => ({
  metadata: { encoding: new TextEncoder().encode('json/plain') },
  data: new TextEncoder().encode(JSON.stringify(value)),
});

export const TIME = Date.UTC(2026, 0, 5, 10);

export function startedEvent(): HistoryEvent {
  return {
    eventId: 1,
    eventTime: TIME,
    eventType: 'WorkflowExecutionStarted',
    attributes: {
      workflowType: { name: 'order' },
      taskQueue: { name: 'orders' },
      originalExecutionRunId: RUN_ID,
      firstExecutionRunId: RUN_ID,
      attempt: 1,
    },
  } as HistoryEvent;
}

export function completedEvent(eventId: number, result: unknown): HistoryEvent {
  return {
    eventId,
    eventTime: TIME + eventId,
    eventType: 'WorkflowExecutionCompleted',
    attributes: { result: { payloads: [jsonPayload(result)] }, workflowTaskCompletedEventId: eventId - 1 },
  } as HistoryEvent;
}

export function historyPage(page: Partial<HistoryPage>): Result<HistoryPage> {
  return ok({ runId: RUN_ID, events: [], isRunning: false, ...page });
}

/** The registry without objects. */
export function fakeNamespaces(names: readonly string[] = ['default']): NamespaceDirectory {
  let registered = 0;
  const records = new Map<string, NamespaceRecord>(
    names.map((name) => [name, { ...defaultNamespace(`id-${name}`, TIME), name }]),
  );
  return {
    async find(name) {
      return records.get(name);
    },
    async register(request) {
      const result = registerNamespace(records.get(request.namespace), request, {
        id: `id-${registered++}`,
        now: TIME,
      });
      if (result.ok) records.set(request.namespace, result.value);
      return result;
    },
    async update(request) {
      const record = records.get(request.namespace);
      if (!record) throw new Error('The route asks for the namespace first');
      const result = updateNamespace(record, request);
      if (result.ok) records.set(request.namespace, result.value);
      return result;
    },
    async changeSettings(name, settings) {
      const record = records.get(name);
      if (!record) throw new Error('The route asks for the namespace first');
      const result = changeSettings(record, settings);
      if (result.ok) records.set(name, result.value);
      return result;
    },
    async changeSearchAttributes(name, change) {
      const record = records.get(name);
      if (!record) throw new Error('The route asks for the namespace first');
      const result = changeSearchAttributes(record, change);
      if (result.ok) records.set(name, result.value);
      return result;
    },
    async takeStarts(_name, { wanted }) {
      return wanted;
    },
    async list({ size, from = '' }) {
      const all = [...records.values()]
        .filter(({ name }) => name >= from)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const next = all[size]?.name;
      return { records: all.slice(0, size), ...(next === undefined ? {} : { next }) };
    },
  };
}

export interface TestApp {
  execution: FakeExecution;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
}

export interface Reply {
  status: number;
  body: Record<string, unknown>;
  text: string;
  headers: Headers;
}

export const OPEN: RouteBindings = { PERDURE_OPEN: 'true' };

/** The routes over a fake object, open unless other bindings are given. */
export function testApp(
  replies: Replies = {},
  { bindings = OPEN, namespaces = ['default'] }: { bindings?: RouteBindings; namespaces?: string[] } = {},
): TestApp {
  const execution = fakeExecution(replies);
  const app = createApp({
    executions: () => execution.api,
    namespaces: fakeNamespaces(namespaces),
    version: '0.0.0-test',
  });
  return {
    execution,
    async request(method, path, body, headers = {}) {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
      const sent = isRaw || body === undefined ? body : JSON.stringify(body);
      // Streams are sent as they come, which only `half` allows.
      const init = { method, headers, duplex: 'half', ...(sent === undefined ? {} : { body: sent }) };
      const response = await app.request(`http://localhost${path}`, init, bindings);
      const text = await response.text();
      return { status: response.status, text, headers: response.headers, body: text ? JSON.parse(text) : {} };
    },
  };
}
