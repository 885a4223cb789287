/** Which index a search walks, and what of its filter the walk has judged by itself. */
import type { Predicate } from './filter.ts';
import type { Known, KnownOf, SqlCondition } from './filter-sql.ts';
import { OPEN_FIRST, RARE_STATUSES } from './visibility-store.ts';

const OPEN_STATUSES: ReadonlySet<number> = new Set([1, 8]);

/** A way through the runs: the tables to read, and where the columns of the order stand. */
export interface Walk {
  from: string;
  /** The table whose columns are in order. */
  ordered: 'a' | 'r';
  conditions: SqlCondition[];
  /** What `conditions` say already, so that no row is judged twice. */
  judged: ReadonlySet<Predicate>;
}

export function walkFor(known: Known): Walk {
  const { runIds, workflowIds, stored, workflowType, statuses } = known;
  if (runIds !== undefined) return byValues('runs AS r', 'r.run_id', runIds, known);
  if (workflowIds !== undefined)
    return byValues('runs AS r INDEXED BY runs_by_workflow', 'r.workflow_id', workflowIds, known);
  if (stored !== undefined) return byAttribute(stored, known);
  if (workflowType !== undefined)
    return {
      from: 'runs AS r INDEXED BY runs_by_type',
      ordered: 'r',
      conditions: [
        { sql: 'r.workflow_type = ?', bindings: [workflowType.is] },
        ...statusIn(statuses, 'r.status'),
        ...statusSection(known),
      ],
      judged: judgedOf(workflowType, statuses),
    };
  return byOrder(known);
}

/** Open runs stand first and closed ones behind: a filter by status needs one part only. */
export function statusSection({ statuses }: Known, column = 'r.sort_close'): SqlCondition[] {
  if (statuses === undefined) return [];
  if (statuses.is.every((status) => OPEN_STATUSES.has(status)))
    return [{ sql: `${column} = ${OPEN_FIRST}`, bindings: [] }];
  if (statuses.is.some((status) => OPEN_STATUSES.has(status))) return [];
  return [{ sql: `${column} > ${OPEN_FIRST}`, bindings: [] }];
}

function byOrder(known: Known): Walk {
  const { statuses } = known;
  const [only, ...more] = statuses?.is ?? [];
  const section = statusSection(known);
  if (only === undefined || more.length > 0 || !RARE_STATUSES.has(only))
    return {
      from: 'runs AS r INDEXED BY runs_by_order',
      ordered: 'r',
      conditions: section,
      judged: judgedOf(),
    };
  return {
    from: 'runs AS r INDEXED BY runs_by_rare_status',
    ordered: 'r',
    conditions: [{ sql: `r.rare_status = ${only}`, bindings: [] }, ...section],
    judged: judgedOf(statuses),
  };
}

function byValues(from: string, column: string, values: NonNullable<Known['runIds']>, known: Known): Walk {
  const sql = `${column} IN (SELECT value FROM json_each(?))`;
  return {
    from,
    ordered: 'r',
    conditions: [{ sql, bindings: [JSON.stringify(values.is)] }, ...statusSection(known)],
    judged: judgedOf(values),
  };
}

function byAttribute(stored: NonNullable<Known['stored']>, known: Known): Walk {
  const { workflowType, statuses } = known;
  const { key, value } = stored.is;
  return {
    from: 'attributes AS a CROSS JOIN runs AS r ON r.run = a.run',
    ordered: 'a',
    conditions: [
      { sql: 'a.name = ? AND a.value = ?', bindings: [key, value] },
      ...statusSection(known, 'a.sort_close'),
      ...statusIn(statuses, 'a.status'),
      ...(workflowType === undefined ? [] : [{ sql: 'a.workflow_type = ?', bindings: [workflowType.is] }]),
    ],
    judged: judgedOf(stored, workflowType, statuses),
  };
}

function statusIn(statuses: Known['statuses'], column: string): SqlCondition[] {
  return statuses === undefined ? [] : [{ sql: `${column} IN (${statuses.is.join(', ')})`, bindings: [] }];
}

const judgedOf = (...known: (KnownOf<unknown> | undefined)[]): ReadonlySet<Predicate> =>
  new Set(known.flatMap((each) => each?.predicate ?? []));
