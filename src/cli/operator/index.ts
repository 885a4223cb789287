/** `perdure operator …` */
import type { Group } from '../command/definition.ts';
import { cluster } from './cluster.ts';
import { namespace } from './namespace.ts';
import { nexus } from './nexus.ts';
import { searchAttribute } from './search-attribute.ts';

export const operator: Group = {
  name: 'operator',
  about: 'Namespaces, search attributes, Nexus endpoints and the server itself',
  commands: [namespace, searchAttribute, nexus, cluster],
};
