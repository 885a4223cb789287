/** Visibility queries over the entries of schedules: `ScheduleId`, `TemporalSchedulePaused`, times, and search attributes. */
import type { WireScheduleListEntry } from '../../sdk/common/wire/schedule-requests.ts';
import type { SearchAttributeTypes } from '../namespace/search-attribute-types.ts';
import { DIVISION } from '../visibility/attribute-types.ts';
import { readQuery } from '../visibility/filter.ts';
import { matches, type ValueOf } from '../visibility/filter-evaluate.ts';
import { statusCode } from '../visibility/filter-values.ts';
import { searchableValue } from '../visibility/indexed-run.ts';

/** Throws `FilterError`. */
export function scheduleFilter(
  query: string,
  types: SearchAttributeTypes | undefined,
): (entry: WireScheduleListEntry, createTime: number) => boolean {
  const { filter } = readQuery(query, types);
  return (entry, createTime) => matches(filter, valueAt(entry, createTime));
}

/** VIS-8: to a query a schedule is a workflow that runs since its creation, with the schedule's ID. */
function valueAt({ scheduleId, info, searchAttributes }: WireScheduleListEntry, createTime: number): ValueOf {
  return (attribute) => {
    switch (attribute.name) {
      case 'WorkflowId':
        return scheduleId;
      case 'WorkflowType':
        return info?.workflowType?.name;
      case 'StartTime':
        return createTime;
      case 'ExecutionStatus':
        return statusCode('RUNNING');
      case 'TemporalSchedulePaused':
        return info?.paused === true;
      case DIVISION:
        return 'TemporalScheduler';
      default: {
        const payload = searchAttributes?.indexedFields?.[attribute.name];
        return payload && searchableValue(attribute.type, payload);
      }
    }
  };
}
