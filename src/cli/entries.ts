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
    name: 'operator',
    about: 'Namespaces, search attributes, Nexus endpoints and the server itself',
    group: async () => (await import('./operator/index.ts')).operator,
  },
];
