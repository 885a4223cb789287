import { defineCommand, type Group } from '../command/definition.ts';
import { choices, texts, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';
import { named } from '../output/formats.ts';
import { type Column, tableOf } from '../output/table.ts';

const PREFIX = 'INDEXED_VALUE_TYPE_';

const COLUMNS: readonly Column[] = [
  ['Name', 'name'],
  ['Type', 'type', named(PREFIX)],
];

const name = texts('--name <name>', 'Name of the search attribute');

const create = defineCommand({
  name: 'create',
  about: 'Register search attributes: the first name has the first type, and so on',
  flags: {
    name,
    type: choices('--type <type>', 'Type of its values', {
      Text: `${PREFIX}TEXT`,
      Keyword: `${PREFIX}KEYWORD`,
      Int: `${PREFIX}INT`,
      Double: `${PREFIX}DOUBLE`,
      Bool: `${PREFIX}BOOL`,
      Datetime: `${PREFIX}DATETIME`,
      KeywordList: `${PREFIX}KEYWORD_LIST`,
    }),
  },
  async run({ api, out }, { name: names, type: types }) {
    if (names.length === 0 || names.length !== types.length)
      throw new UsageError(
        `expected a --type for each --name, found ${names.length} name(s) and ${types.length} type(s)`,
      );
    const searchAttributes = Object.fromEntries(names.map((key, index) => [key, types[index]]));
    const answer = await api.call('addSearchAttributes', { searchAttributes });
    out.done(`Search attributes have been added: ${names.join(', ')}`, answer);
  },
});

const list = defineCommand({
  name: 'list',
  about: 'List search attributes: those of the system, and those of the namespace',
  flags: {},
  async run({ api, out }) {
    const answer = await api.call('listSearchAttributes', {});
    const entries = Object.entries({
      ...(answer.systemAttributes as object | undefined),
      ...(answer.customAttributes as object | undefined),
    });
    const rows = entries
      .map(([key, type]) => ({ name: key, type }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    out.show(answer, (options) => tableOf(COLUMNS, rows, options));
  },
});

const remove = defineCommand({
  name: 'remove',
  about: 'Forget search attributes; what workflows have of them stays with them',
  flags: { name, yes: toggle('-y, --yes', 'Do not ask') },
  async run({ api, out, confirm }, { name: names, yes }) {
    if (names.length === 0) throw new UsageError('expected --name');
    await confirm(`You are about to remove search attributes: ${names.join(', ')}. Continue?`, yes);
    const answer = await api.call('removeSearchAttributes', { searchAttributes: [...names] });
    out.done(`Search attributes have been removed: ${names.join(', ')}`, answer);
  },
});

export const searchAttribute: Group = {
  name: 'search-attribute',
  about: 'Search attributes of a namespace',
  commands: [create, list, remove],
};
