export { activityLogAttributes } from '../../activity/execution.ts';
