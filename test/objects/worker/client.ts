/** How tests reach the objects of the Worker under test: their stubs, and short forms of their calls. */
import { exports } from 'cloudflare:workers';
import type {
  CallAddress,
  RunResult,
  WorkflowExecutionApi,
} from '../../../src/objects/execution/workflow-execution-api.ts';
import type { WorkflowExecutionCore } from '../../../src/objects/execution/workflow-execution-core.ts';
import { workflowExecutionName } from '../../../src/objects/object-names.ts';
import type { HistoryEvent } from '../../../src/sdk/common/wire/events.ts';
import type { Payloads } from '../../../src/sdk/common/wire/messages.ts';

const text = new TextEncoder();

export function payloads(...values: unknown[]): Payloads {
  const encoding = text.encode('json/plain');
  return {
    payloads: values.map((value) => ({ metadata: { encoding }, data: text.encode(JSON.stringify(value)) })),
  };
}

export function firstValue(found: Payloads | undefined): unknown {
  const data = found?.payloads?.[0]?.data;
  return data ? JSON.parse(new TextDecoder().decode(data)) : undefined;
}

type Stub = WorkflowExecutionApi & DurableObjectStub;
export interface ObjectWithCore {
  core: WorkflowExecutionCore;
}

let ids = 0;

export class TestWorkflow {
  readonly at: CallAddress;

  constructor(name: string) {
    ids += 1;
    this.at = { namespace: 'default', workflowId: `${name}-${ids}` };
  }

  /** A fresh one each time: a stub is broken once its object was aborted. */
  get stub(): Stub {
    const { WorkflowExecution } = exports as unknown as {
      WorkflowExecution: { getByName(name: string): Stub };
    };
    return WorkflowExecution.getByName(workflowExecutionName(this.at.namespace, this.at.workflowId));
  }

  async start(workflowType: string, ...args: unknown[]): Promise<string> {
    const request = {
      workflowType,
      taskQueue: 'default',
      input: payloads(...args),
      requestId: crypto.randomUUID(),
    };
    const reply = await this.stub.start(this.at, request);
    if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.message}`);
    return reply.value.runId;
  }

  async signal(word: string): Promise<void> {
    const input = {
      kind: 'Signal',
      signalName: 'proceed',
      input: payloads(word),
      requestId: word.slice(0, 100),
    } as const;
    const reply = await this.stub.apply(this.at, input);
    if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.message}`);
  }

  /** Waits for the close, across losses of the object. */
  async result(): Promise<RunResult> {
    for (;;) {
      const reply = await this.retrying(() =>
        this.stub.result(this.at, { followRuns: true, waitMs: 10_000 }),
      );
      if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.message}`);
      if (reply.value.closeEvent !== undefined) return reply.value;
    }
  }

  async value(): Promise<unknown> {
    const { closeEvent } = await this.result();
    if (closeEvent?.eventType === 'WorkflowExecutionCompleted')
      return firstValue(closeEvent.attributes.result);
    throw new Error(`expected completion, found ${JSON.stringify(closeEvent)}`);
  }

  async history(): Promise<HistoryEvent[]> {
    const page = await this.retrying(() => this.stub.history(this.at, { pageSize: 10_000 }));
    if (!page.ok) throw new Error(page.error.message);
    return page.value.events;
  }

  async eventTypes(): Promise<string[]> {
    return (await this.history()).map((event) => event.eventType);
  }

  /** Waits until the history holds what is looked for, and gives it so far. */
  async until(isThere: (events: HistoryEvent[]) => boolean): Promise<HistoryEvent[]> {
    for (let from = 1, events: HistoryEvent[] = []; ; ) {
      const reply = await this.retrying(() =>
        this.stub.history(this.at, { fromEventId: from, pageSize: 10_000, waitMs: 10_000 }),
      );
      if (!reply.ok) throw new Error(reply.error.message);
      events = [...events, ...reply.value.events];
      if (isThere(events)) return events;
      if (!reply.value.isRunning && reply.value.events.length === 0)
        throw new Error(`closed before: ${events.map((event) => event.eventType).join(' ')}`);
      from = (events.at(-1)?.eventId ?? 0) + 1;
    }
  }

  /** A call that hits an object in the middle of a reset is made again. */
  async retrying<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (attempt === 10) throw error;
      }
    }
  }
}
