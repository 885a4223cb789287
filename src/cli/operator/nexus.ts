import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Api, JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import { defineCommand, type FlagValues, type Group } from '../command/definition.ts';
import { text, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { textPayload } from '../input/payloads.ts';
import { defined } from '../input/requests.ts';
import { plain, time } from '../output/formats.ts';
import { at, blockOf, type Pair, textAt } from '../output/table.ts';

const PAIRS: readonly Pair[] = [
  ['ID', 'id'],
  ['Name', 'spec.name'],
  ['CreatedTime', 'createdTime', time],
  ['LastModifiedTime', 'lastModifiedTime', time],
  ['Target.Worker.Namespace', 'spec.target.worker.namespace'],
  ['Target.Worker.TaskQueue', 'spec.target.worker.taskQueue'],
  ['Target.External.URL', 'spec.target.external.url'],
  ['Description', 'spec.description', plain],
];

const endpointName = text('--name <name>', 'Name of the endpoint').required;

const settings = {
  description: text('--description <text>', 'About it, for people'),
  descriptionFile: text('--description-file <path>', 'A file that holds the description'),
  targetNamespace: text('--target-namespace <name>', 'Namespace of the workers that serve it'),
  targetTaskQueue: text('--target-task-queue <name>', 'Task queue of the workers that serve it'),
  targetUrl: text('--target-url <url>', 'A server elsewhere, which this one refuses'),
};

type Settings = FlagValues<typeof settings>;

async function descriptionOf({ description, descriptionFile }: Settings, { io }: Context) {
  if (description !== undefined && descriptionFile !== undefined)
    throw new UsageError('expected either --description or --description-file, found both');
  const given =
    descriptionFile === undefined ? description : await readFile(resolve(io.cwd, descriptionFile), 'utf8');
  return given === undefined ? undefined : textPayload(given);
}

function targetOf({ targetNamespace, targetTaskQueue, targetUrl }: Settings): JsonObject | undefined {
  if (targetUrl !== undefined) return { external: { url: targetUrl } };
  if ((targetNamespace === undefined) !== (targetTaskQueue === undefined))
    throw new UsageError('--target-namespace and --target-task-queue go together');
  if (targetNamespace === undefined) return undefined;
  return { worker: { namespace: targetNamespace, taskQueue: targetTaskQueue } };
}

async function find(api: Api, name: string): Promise<JsonObject> {
  for await (const page of api.pages('listNexusEndpoints', { name }, 'endpoints'))
    for (const endpoint of page) if (textAt(endpoint, 'spec.name') === name) return endpoint;
  throw new UsageError(
    `there is no endpoint '${name}' at ${api.address}. Those there are: perdure operator nexus endpoint list`,
  );
}

const show = ({ out }: Context, endpoint: unknown): void => out.block(endpoint, 'Endpoint', PAIRS);

const create = defineCommand({
  name: 'create',
  about: 'Register an endpoint',
  flags: { endpointName, ...settings },
  async run(context, flags) {
    const target = targetOf(flags);
    if (target === undefined) throw new UsageError('expected --target-namespace and --target-task-queue');
    const spec = {
      name: flags.endpointName,
      target,
      ...defined({ description: await descriptionOf(flags, context) }),
    };
    show(context, (await context.api.call('createNexusEndpoint', { spec })).endpoint);
  },
});

const get = defineCommand({
  name: 'get',
  about: 'Show an endpoint',
  flags: { endpointName },
  async run(context, flags) {
    show(context, await find(context.api, flags.endpointName));
  },
});

const list = defineCommand({
  name: 'list',
  about: 'List endpoints',
  flags: {},
  async run({ api, out }) {
    const found: JsonObject[] = [];
    for await (const page of api.pages('listNexusEndpoints', {}, 'endpoints')) found.push(...page);
    if (out.format === 'jsonl') for (const endpoint of found) out.json(endpoint);
    else
      out.show(found, (options) =>
        found.map((endpoint) => blockOf('Endpoint', PAIRS, endpoint, options)).join('\n\n'),
      );
  },
});

const update = defineCommand({
  name: 'update',
  about: 'Change an endpoint: what is not given stays as it is',
  flags: {
    endpointName,
    ...settings,
    unsetDescription: toggle('--unset-description', 'Take its description away'),
  },
  async run(context, flags) {
    const endpoint = await find(context.api, flags.endpointName);
    const kept = flags.unsetDescription ? undefined : keptDescription(endpoint);
    const spec = {
      name: flags.endpointName,
      target: targetOf(flags) ?? at(endpoint, 'spec.target'),
      ...defined({ description: (await descriptionOf(flags, context)) ?? kept }),
    };
    const { id, version } = endpoint;
    show(context, (await context.api.call('updateNexusEndpoint', { id, version, spec })).endpoint);
  },
});

/** As it came: a value in shorthand, or a whole payload. */
function keptDescription(endpoint: JsonObject) {
  const description = at(endpoint, 'spec.description');
  return typeof description === 'string' ? textPayload(description) : description;
}

const remove = defineCommand({
  name: 'delete',
  about: 'Delete an endpoint',
  flags: { endpointName },
  async run({ api, out }, { endpointName: name }) {
    const { id, version } = await find(api, name);
    const answer = await api.call('deleteNexusEndpoint', { id, version });
    out.done(`Endpoint ${name} successfully deleted.`, answer);
  },
});

export const nexus: Group = {
  name: 'nexus',
  about: 'Nexus',
  commands: [
    {
      name: 'endpoint',
      about: 'Endpoints that operations are called by',
      commands: [create, get, list, update, remove],
    },
  ],
};
