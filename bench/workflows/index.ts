export { appender } from './appender.ts';
export { child, children } from './children.ts';
export { libraries } from './libraries.ts';
export { local } from './local.ts';
export { grows, hoards, neighbour, spins, swells } from './troublemakers.ts';
export { updated } from './updated.ts';
export { work } from './work.ts';
