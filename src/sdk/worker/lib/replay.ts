export type { HistoryAndWorkflowId, ReplayHistoriesIterable, ReplayResult } from '../replay.ts';
export { ReplayError } from '../replay-errors.ts';
