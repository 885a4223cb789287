/** `perdure worker …` */
import type { Group } from '../command/definition.ts';
import { deployment } from './deployment.ts';

export const worker: Group = {
  name: 'worker',
  about: 'Workers, by the versions of their code',
  commands: [deployment],
};
