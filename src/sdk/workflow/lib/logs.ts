export { workflowLogAttributes } from '../../../executor/logs.ts';
export { type LoggerSinks, log } from '../log.ts';
