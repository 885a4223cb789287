/** The first level of the command line. Each entry loads what is below it when it is asked for. */
import type { Command as Program } from 'commander';
import type { Io } from './command/context.ts';
import type { Group } from './command/definition.ts';
import type { End } from './command/register.ts';

interface Named {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly about: string;
}

/** A command that needs no server, with flags of its own. */
interface Tool extends Named {
  attach(command: Program, io: Io, end: End): Promise<void>;
}

/** Commands on a server. */
interface LazyGroup extends Named {
  group(): Promise<Group>;
}

export const ENTRIES: readonly (Tool | LazyGroup)[] = [
  {
    name: 'bundle',
    about: 'Build the workflow bundle that the runtime loads',
    attach: async (...given) => (await import('./tools/bundle.ts')).attachBundle(...given),
  },
  {
    name: 'replay',
    about: 'Replay histories against the workflow code',
    attach: async (...given) => (await import('./tools/replay.ts')).attachReplay(...given),
  },
  {
    name: 'cost',
    about: 'What runs of a given shape cost on Cloudflare',
    attach: async (...given) => (await import('./tools/cost.ts')).attachCost(...given),
  },
  {
    name: 'workflow',
    aliases: ['w'],
    about: 'Start, list and operate on workflows',
    group: async () => (await import('./workflow/index.ts')).workflow,
  },
  {
    name: 'activity',
    about: 'Operate on activities: of workflows, and those that were started by themselves',
    group: async () => (await import('./activity/index.ts')).activity,
  },
  {
    name: 'schedule',
    about: 'Start workflows at certain times, again and again',
    group: async () => (await import('./schedule/index.ts')).schedule,
  },
  {
    name: 'batch',
    about: 'Look at batch jobs, and stop them',
    group: async () => (await import('./batch/index.ts')).batch,
  },
  {
    name: 'task-queue',
    about: 'Look at task queues, and limit them',
    group: async () => (await import('./task-queue/index.ts')).taskQueueGroup,
  },
  {
    name: 'worker',
    about: 'Workers, by the versions of their code',
    group: async () => (await import('./worker/index.ts')).worker,
  },
  {
    name: 'operator',
    about: 'Namespaces, search attributes, Nexus endpoints and the server itself',
    group: async () => (await import('./operator/index.ts')).operator,
  },
  {
    name: 'server',
    about: 'A server on this machine',
    group: async () => (await import('./server/index.ts')).server,
  },
];
