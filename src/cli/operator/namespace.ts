import type { JsonObject } from '../command/api.ts';
import type { Context } from '../command/context.ts';
import { defineCommand, type Group } from '../command/definition.ts';
import { duration, pairs, text, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { defined, unlessEmpty } from '../input/requests.ts';
import { duration as durationText, named, plain } from '../output/formats.ts';
import { blockOf, type Pair } from '../output/table.ts';

const PAIRS: readonly Pair[] = [
  ['Name', 'namespaceInfo.name'],
  ['Id', 'namespaceInfo.id'],
  ['State', 'namespaceInfo.state', named('NAMESPACE_STATE_')],
  ['Description', 'namespaceInfo.description'],
  ['OwnerEmail', 'namespaceInfo.ownerEmail'],
  ['Data', 'namespaceInfo.data', plain],
  ['RetentionTtl', 'config.workflowExecutionRetentionTtl', durationText],
  ['HistoryArchivalState', 'config.historyArchivalState', named('ARCHIVAL_STATE_')],
  ['Jurisdiction', 'config.jurisdiction'],
  ['LocationHint', 'config.locationHint'],
  ['Limits', 'config.limits', plain],
];

/** The name behind the command, as scripts write it, or that of `--namespace`. */
function nameOf({ api }: Context, [name]: readonly string[]): string {
  return name ?? api.namespace;
}

function namedOf(context: Context, args: readonly string[], isNamed: boolean): string {
  if (args.length === 0 && !isNamed) throw new UsageError('expected the name of the namespace: -n <name>');
  return nameOf(context, args);
}

const settings = {
  description: text('--description <text>', 'About it, for people'),
  email: text('--email <address>', "Its owner's address"),
  retention: duration('--retention <duration>', 'How long closed workflows are kept. Default 3d'),
  data: pairs('--data <key=value>', 'A piece of data of your own'),
  historyArchivalState: text('--history-archival-state <state>', 'enabled or disabled'),
};

const archival = (state: string | undefined): string | undefined => {
  if (state === undefined) return undefined;
  if (!/^(enabled|disabled)$/i.test(state))
    throw new UsageError(`--history-archival-state: expected enabled or disabled, found '${state}'`);
  return `ARCHIVAL_STATE_${state.toUpperCase()}`;
};

const create = defineCommand({
  name: 'create [namespace]',
  about: 'Register a namespace',
  flags: {
    ...settings,
    jurisdiction: text('--jurisdiction <name>', 'Where everything of it must be: eu. Not in Temporal'),
    locationHint: text('--location-hint <name>', 'Where everything of it should be: weur. Not in Temporal'),
  },
  async run(context, flags, args) {
    const namespace = namedOf(context, args, context.isNamespaceNamed);
    const { description, email: ownerEmail, retention, data, jurisdiction, locationHint } = flags;
    const answer = await context.api.call('registerNamespace', {
      namespace,
      workflowExecutionRetentionPeriod: retention ?? '259200s',
      ...defined({
        description,
        ownerEmail,
        jurisdiction,
        locationHint,
        data: unlessEmpty(Object.fromEntries(data)),
        historyArchivalState: archival(flags.historyArchivalState),
      }),
    });
    context.out.done(`Namespace ${namespace} successfully registered.`, answer);
  },
});

const describe = defineCommand({
  name: 'describe [namespace]',
  about: 'Show a namespace',
  flags: {},
  async run(context, _flags, args) {
    const answer = await context.api.call('describeNamespace', { namespace: nameOf(context, args) });
    context.out.block(answer, 'Namespace', PAIRS);
  },
});

const list = defineCommand({
  name: 'list',
  about: 'List namespaces',
  flags: {},
  async run({ api, out }) {
    const found: JsonObject[] = [];
    for await (const page of api.pages('listNamespaces', {}, 'namespaces')) found.push(...page);
    if (out.format === 'jsonl') for (const namespace of found) out.json(namespace);
    else
      out.show(found, (options) =>
        found.map((namespace) => blockOf('Namespace', PAIRS, namespace, options)).join('\n\n'),
      );
  },
});

const update = defineCommand({
  name: 'update [namespace]',
  about: 'Change a namespace',
  flags: settings,
  async run(context, flags, args) {
    const namespace = namedOf(context, args, context.isNamespaceNamed);
    const { description, email: ownerEmail, retention, data } = flags;
    const answer = await context.api.call('updateNamespace', {
      namespace,
      ...defined({
        updateInfo: unlessEmpty(
          defined({ description, ownerEmail, data: unlessEmpty(Object.fromEntries(data)) }),
        ),
        config: unlessEmpty(
          defined({
            workflowExecutionRetentionTtl: retention,
            historyArchivalState: archival(flags.historyArchivalState),
          }),
        ),
      }),
    });
    context.out.done(`Namespace ${namespace} updated.`, answer);
  },
});

const remove = defineCommand({
  name: 'delete [namespace]',
  about: 'Delete a namespace with everything in it',
  flags: { yes: toggle('-y, --yes', 'Do not ask') },
  async run(context, { yes }, args) {
    const namespace = namedOf(context, args, context.isNamespaceNamed);
    await context.confirm(`Delete namespace '${namespace}' with all of its workflows?`, yes);
    const answer = await context.api.call('deleteNamespace', { namespace });
    context.out.done(`Namespace ${namespace} deleted.`, answer);
  },
});

export const namespace: Group = {
  name: 'namespace',
  about: 'Namespaces',
  commands: [create, list, describe, update, remove],
};
