/** One schedule in Node: the real core over SQLite in memory, virtual time, and workflows that are what the test says. */
import type { Result, StartReply } from '../../../src/engine/api.ts';
import { DEFAULT_LIMITS } from '../../../src/engine/limits.ts';
import type { StartWorkflowRequest } from '../../../src/engine/requests.ts';
import { scheduleReferenceOf } from '../../../src/engine/schedule/start-request.ts';
import { DEFAULT_INVOCATION_LIMITS, DEFAULT_OBJECT_TIMES } from '../../../src/objects/object-options.ts';
import type { ObjectStubs } from '../../../src/objects/ports.ts';
import { ScheduleCore } from '../../../src/objects/schedule/schedule-core.ts';
import { ScheduleIndexCore } from '../../../src/objects/schedule/schedule-index-core.ts';
import type { WorkflowStatusName } from '../../../src/sdk/common/wire/messages.ts';
import type {
  CreateScheduleRequest,
  DescribeScheduleResponse,
  WireSchedule,
  WireSchedulePatch,
} from '../../../src/sdk/common/wire/schedule-requests.ts';
import { MemoryStorage } from './memory-storage.ts';

export const AT = { namespace: 'default', scheduleId: 'nightly' };

export interface Start {
  workflowId: string;
  request: StartWorkflowRequest;
  at: number;
}

export class ScheduleWorld {
  now = Date.parse('2026-01-01T00:00:00Z');
  readonly storage = new MemoryStorage();
  readonly index = new ScheduleIndexCore(new MemoryStorage(), () => this.now);
  readonly starts: Start[] = [];
  readonly endings: { workflowId: string; kind: string }[] = [];
  readonly logs: string[] = [];
  /** What becomes of a start; by default it begins a run. */
  answer: (start: Start) => Promise<Result<StartReply>> | Result<StartReply> = (start) => this.begun(start);
  core: ScheduleCore;
  alarmAt: number | null = null;
  indexFails = false;
  #ids = 0;
  readonly #work = new Set<Promise<unknown>>();

  constructor() {
    this.core = this.#load();
  }

  /** Memory is gone; storage and alarm remain. */
  crash(): void {
    this.#work.clear();
    this.core = this.#load();
  }

  begun({ request }: Start): Result<StartReply> {
    const runId = `run of ${request.requestId}`;
    return { ok: true, value: { runId, firstExecutionRunId: runId, started: true, status: 'RUNNING' } };
  }

  async create(schedule: WireSchedule, more: Partial<CreateScheduleRequest> = {}): Promise<void> {
    const request = { ...AT, schedule: scheduleWith(schedule), requestId: 'create', ...more };
    const created = await this.core.create(AT, request);
    if (!created.ok) throw new Error(created.error.message);
    await this.settle();
  }

  async update(schedule: WireSchedule): Promise<Result<undefined>> {
    const updated = await this.core.update(AT, {
      ...AT,
      schedule: scheduleWith(schedule),
      requestId: this.#newId(),
    });
    await this.settle();
    return updated;
  }

  async patch(patch: WireSchedulePatch, requestId = this.#newId()): Promise<Result<undefined>> {
    const patched = await this.core.patch(AT, { ...AT, patch, requestId });
    await this.settle();
    return patched;
  }

  async describe(): Promise<
    Required<Pick<DescribeScheduleResponse, 'info' | 'schedule'>> & DescribeScheduleResponse
  > {
    const described = await this.core.describe(AT);
    if (!described.ok) throw new Error(described.error.message);
    const { info = {}, schedule = {} } = described.value;
    return { ...described.value, info, schedule };
  }

  /** The run that a start began ends, and its object says so. */
  async close(start: Start | undefined, status?: WorkflowStatusName, more?: object): Promise<void> {
    await this.closeNow(start, status, more);
    await this.settle();
  }

  async closeNow(
    start: Start | undefined,
    status: WorkflowStatusName = 'COMPLETED',
    more: object = {},
  ): Promise<void> {
    const reference = scheduleReferenceOf(start?.request.completionCallbacks);
    if (start === undefined || reference === undefined) throw new Error('no such start');
    const { instanceId, requestId } = reference;
    const { workflowId } = start;
    const runId = `run of ${requestId}`;
    await this.core.actionClosed(AT, { instanceId, requestId, workflowId, runId, status, ...more });
  }

  /** What the list of the namespace shows. */
  async listed(): Promise<(string | undefined)[]> {
    const page = await this.index.list({ namespace: AT.namespace, pageSize: 100 });
    if (!page.ok) throw new Error(page.error.message);
    return page.value.entries.map(({ scheduleId }) => scheduleId);
  }

  tables(): unknown[] {
    return this.storage.exec("SELECT name FROM sqlite_master WHERE type = 'table'");
  }

  /** Time passes; alarms ring when they are due. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    await this.settle();
    while (this.alarmAt !== null && this.alarmAt <= until) {
      this.now = Math.max(this.now, this.alarmAt);
      await this.ring();
    }
    this.now = until;
  }

  /** The alarm rings now, however late that is. */
  async ring(): Promise<void> {
    this.alarmAt = null;
    await this.core.alarm();
    await this.settle();
  }

  async settle(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#work.size > 0);
  }

  #newId(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  #load(): ScheduleCore {
    return new ScheduleCore(
      {
        storage: this.storage,
        clock: {
          now: () => this.now,
          getAlarm: async () => this.alarmAt,
          setAlarm: (at) => {
            this.alarmAt = at;
          },
          deleteAlarm: () => {
            this.alarmAt = null;
          },
          after: () => () => {},
        },
        stubs: this.#stubs(),
        newId: () => this.#newId(),
        keepAlive: (work) => {
          const tracked = work.catch(() => undefined).finally(() => this.#work.delete(tracked));
          this.#work.add(tracked);
        },
      },
      {
        limits: DEFAULT_LIMITS,
        times: DEFAULT_OBJECT_TIMES,
        invocation: DEFAULT_INVOCATION_LIMITS,
        workerIdentity: 'test',
        log: (_level, message) => void this.logs.push(message),
      },
    );
  }

  #stubs(): ObjectStubs {
    const workflowExecution = (_namespace: string, workflowId: string) => ({
      start: async (_at: unknown, request: StartWorkflowRequest) => {
        const start = { workflowId, request, at: this.now };
        this.starts.push(start);
        return this.answer(start);
      },
      apply: async (_at: unknown, { kind }: { kind: string }) => {
        this.endings.push({ workflowId, kind });
        return { ok: true, value: undefined };
      },
    });
    return {
      // Sound: a schedule calls nothing else.
      workflowExecution: workflowExecution as unknown as ObjectStubs['workflowExecution'],
      scheduleIndex: () => {
        if (this.indexFails) throw new Error('the index is away');
        return this.index;
      },
    };
  }
}

export function scheduleWith(schedule: WireSchedule): WireSchedule {
  return {
    action: {
      startWorkflow: { workflowId: 'w', workflowType: { name: 'report' }, taskQueue: { name: 'default' } },
    },
    ...schedule,
  };
}
