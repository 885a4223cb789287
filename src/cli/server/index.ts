/** `perdure server …` */
import type { Group } from '../command/definition.ts';
import { startDev } from './start-dev.ts';

export const server: Group = { name: 'server', about: 'A server on this machine', commands: [startDev] };
