export { appender } from './appender.ts';
export { libraries } from './libraries.ts';
export { work } from './work.ts';
