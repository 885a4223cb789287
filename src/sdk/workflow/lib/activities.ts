export {
  ActivityCancellationType,
  decodeActivityCancellationType,
  encodeActivityCancellationType,
} from '../../common/activity-options.ts';
