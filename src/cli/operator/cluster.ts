import { defineCommand, type Group } from '../command/definition.ts';
import { toggle } from '../command/flags.ts';
import { plain } from '../output/formats.ts';
import type { Pair } from '../output/table.ts';

const health = defineCommand({
  name: 'health',
  about: 'Whether the server answers',
  flags: {},
  async run({ api, out }) {
    await api.call('getSystemInfo', {});
    out.done('SERVING', { status: 'SERVING' });
  },
});

const SYSTEM: readonly Pair[] = [
  ['ServerVersion', 'serverVersion'],
  ['SupportsSchedules', 'capabilities.supportsSchedules'],
  ['UpsertMemo', 'capabilities.upsertMemo'],
  ['EagerWorkflowStart', 'capabilities.eagerWorkflowStart'],
  ['Nexus', 'capabilities.nexus'],
];

const system = defineCommand({
  name: 'system',
  about: 'Show the version of the server, and what it can do',
  flags: {},
  async run({ api, out }) {
    out.block(await api.call('getSystemInfo', {}), 'System', SYSTEM);
  },
});

const BRIEF: readonly Pair[] = [
  ['ClusterName', 'clusterName'],
  ['PersistenceStore', 'persistenceStore'],
  ['VisibilityStore', 'visibilityStore'],
];
const DETAIL: readonly Pair[] = [
  ...BRIEF,
  ['ClusterId', 'clusterId'],
  ['ServerVersion', 'serverVersion'],
  ['HistoryShardCount', 'historyShardCount'],
  ['SupportedClients', 'supportedClients', plain],
];

const describe = defineCommand({
  name: 'describe',
  about: 'Show what the server stores its state in',
  flags: { detail: toggle('--detail', 'Show all of it') },
  async run({ api, out }, { detail }) {
    out.block(await api.call('getClusterInfo', {}), 'Cluster', detail ? DETAIL : BRIEF);
  },
});

export const cluster: Group = { name: 'cluster', about: 'The server', commands: [health, system, describe] };
