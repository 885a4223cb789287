/**
 * What runs cost on Cloudflare, from what this release writes and calls. Counts per feature are upper bounds of what
 * test/conformance/costs.workerd.test.ts counts; prices are Cloudflare's list prices for Workers Paid, in US dollars.
 */

/** What one run does. Counts are per run. */
export interface RunShape {
  readonly activities: number;
  /** Attempts beyond the first, of all activities together. */
  readonly retries: number;
  readonly localActivities: number;
  readonly timers: number;
  readonly signals: number;
  readonly updates: number;
  readonly queries: number;
  /** Child workflows that do nothing of their own; what a child does is a run of its own to be added. */
  readonly children: number;
  /** Requests that wait for the result, 30 s at the most each. */
  readonly waits: number;
  /** Seconds in which at least one activity of the run is under way. */
  readonly activitySeconds: number;
  /** Bytes of all inputs and results of a run, in its history. */
  readonly payloadBytes: number;
  /** Days that a closed run is kept. */
  readonly retentionDays: number;
  /** How often the index is told of a run: 0 without one, 1 of a run that ends at once, 2 of one that rests in between. */
  readonly listings: number;
  /** CPU milliseconds for each thing that a run does. */
  readonly cpuMsPerStep: number;
}

export const DEFAULT_SHAPE: RunShape = {
  activities: 1,
  retries: 0,
  localActivities: 0,
  timers: 0,
  signals: 0,
  updates: 0,
  queries: 0,
  children: 0,
  waits: 1,
  activitySeconds: 0.1,
  payloadBytes: 1000,
  retentionDays: 3,
  listings: 1,
  cpuMsPerStep: 1,
};

/** Rows written, alarms included. `first` is what the first of its kind adds in a run beside `each`. */
export const ROWS = {
  run: { first: 7, each: 0 },
  activities: { first: 3, each: 1 },
  retries: { first: 5, each: 5 },
  localActivities: { first: 0, each: 0 },
  timers: { first: 2, each: 2 },
  signals: { first: 2, each: 1 },
  updates: { first: 2, each: 1 },
  children: { first: 2, each: 11 },
  listings: { first: 3, each: 7 },
} as const;

/** Bytes of a history besides payloads. */
const BYTES = {
  run: 1300,
  activity: 1100,
  timer: 550,
  signal: 550,
  update: 950,
  child: 4300,
  localActivity: 400,
};

/** Seconds between two calls that keep an object in memory while it waits for an activity. */
const RENEWAL_SECONDS = 20;

/** US dollars: a million, but for storage (a GB-month). Durable Objects are billed as 128 MB while active. */
export const PRICES = {
  rowsWritten: 1,
  objectRequests: 0.15,
  workerRequests: 0.3,
  cpuMs: 0.02,
  gbSeconds: 12.5,
  storageGbMonth: 0.2,
};

const GB_WHILE_ACTIVE = 0.128;
const DAYS_PER_MONTH = 30;

/** One line of the bill: how much of it one run takes, and what `runs` runs cost. */
export interface CostLine {
  readonly name: string;
  readonly perRun: number;
  readonly unit: string;
  readonly dollars: number;
}

export interface Cost {
  readonly runs: number;
  readonly lines: readonly CostLine[];
  readonly dollars: number;
}

export function costOf(shape: RunShape, runs: number): Cost {
  const line = (name: string, perRun: number, unit: string, price: number): CostLine => ({
    name,
    perRun,
    unit,
    dollars: (perRun * runs * price) / 1e6,
  });
  const storedGb = (bytesStored(shape) * runs * shape.retentionDays) / DAYS_PER_MONTH / 1e9;
  const lines = [
    line('rows written', rowsWritten(shape), 'rows', PRICES.rowsWritten),
    line('object requests', objectRequests(shape), 'requests', PRICES.objectRequests),
    line('Worker requests', workerRequests(shape), 'requests', PRICES.workerRequests),
    line('CPU', steps(shape) * shape.cpuMsPerStep, 'ms', PRICES.cpuMs),
    line('duration', activeSeconds(shape) * GB_WHILE_ACTIVE, 'GB-s', PRICES.gbSeconds),
    {
      name: 'storage',
      perRun: bytesStored(shape),
      unit: 'bytes',
      dollars: storedGb * PRICES.storageGbMonth,
    },
  ];
  return { runs, lines, dollars: lines.reduce((sum, { dollars }) => sum + dollars, 0) };
}

/** The most rows that a run of this shape writes. */
export function rowsWritten(shape: RunShape): number {
  let rows = ROWS.run.first;
  for (const kind of Object.keys(ROWS) as (keyof typeof ROWS)[]) {
    const count = kind === 'run' ? 0 : shape[kind];
    if (count > 0) rows += ROWS[kind].first + ROWS[kind].each * count;
  }
  return rows;
}

/** Things done that end in a commit, the start among them. */
function steps(shape: RunShape): number {
  const { activities, retries, timers, signals, updates, queries, children, localActivities } = shape;
  return 1 + activities + retries + timers + signals + updates + queries + 3 * children + localActivities;
}

/** Calls from outside: each is one request to the Worker, and one from there to the object. */
function workerRequests({ signals, updates, queries, waits }: RunShape): number {
  return 1 + signals + updates + queries + waits;
}

/** Calls of objects, and runs of their alarms. Activities are calls of an entrypoint, which cost no object request. */
function objectRequests(shape: RunShape): number {
  const alarms = 1 + shape.timers + 2 * shape.retries;
  const renewals = Math.floor(shape.activitySeconds / RENEWAL_SECONDS);
  return workerRequests(shape) + alarms + renewals + 4 * shape.children + shape.listings;
}

/** An object is billed while an activity of it is under way, and while it computes. */
function activeSeconds(shape: RunShape): number {
  return shape.activitySeconds + (steps(shape) * shape.cpuMsPerStep) / 1000;
}

function bytesStored(shape: RunShape): number {
  return (
    BYTES.run +
    BYTES.activity * (shape.activities + shape.retries) +
    BYTES.timer * shape.timers +
    BYTES.signal * shape.signals +
    BYTES.update * shape.updates +
    BYTES.child * shape.children +
    BYTES.localActivity * shape.localActivities +
    shape.payloadBytes
  );
}
