/**
 * `perdure server start-dev`: the server that `TestWorkflowEnvironment.createLocal()` starts, on a port that is known. It runs no
 * workflow code: workers come for it.
 */

import { grpcStatus, RpcError } from '../../sdk/client/rpc-error.ts';
import { startDevServer } from '../../sdk/testing/start-dev-server.ts';
import { Api } from '../command/api.ts';
import { defineCommand } from '../command/definition.ts';
import { choice, integer, pairs, text, texts, toggle } from '../command/flags.ts';
import { UsageError } from '../command/usage-error.ts';

const PORT = 8787;
const TYPES: Readonly<Record<string, string>> = {
  text: 'TEXT',
  keyword: 'KEYWORD',
  int: 'INT',
  double: 'DOUBLE',
  bool: 'BOOL',
  datetime: 'DATETIME',
  keywordlist: 'KEYWORD_LIST',
};

export const startDev = defineCommand({
  name: 'start-dev',
  about: 'Start a server for development, without API keys, which workers connect to',
  details:
    'Needs wrangler or miniflare in the project to run on workerd, as on Cloudflare; without it the server runs in this process, and keeps nothing.',
  isLocal: true,
  flags: {
    port: integer('-p, --port <number>', `Port. Default ${PORT}`),
    ip: text('--ip <address>', 'Address to listen on. Default 127.0.0.1'),
    dbFilename: text(
      '-f, --db-filename <path>',
      'Folder that keeps the state. Default: it ends with the server',
    ),
    namespaces: texts('-n, --namespace <name>', 'A namespace to register, besides default'),
    searchAttributes: pairs('--search-attribute <name=type>', 'A search attribute to register'),
    runtime: choice('--runtime <name>', 'What it runs on. Not in Temporal', {
      workerd: 'workerd',
      'in-process': 'in-process',
    }),
    logLevel: choice('--log-level <level>', 'What the server says of itself. Default warn', {
      debug: 'debug',
      info: 'info',
      warn: 'warn',
      error: 'error',
      never: 'never',
    }),
    headless: toggle('--headless', 'Taken for granted: there is no user interface'),
  },
  async run({ io }, flags) {
    const attributes = searchAttributesOf(flags.searchAttributes);
    const { port = PORT, ip, dbFilename, runtime, logLevel = 'warn' } = flags;
    const server = await startDevServer({
      port,
      log: { format: 'pretty', level: logLevel },
      ...(ip !== undefined && { ip }),
      ...(dbFilename !== undefined && { dbFilename }),
      ...(runtime !== undefined && { runtime }),
    });
    try {
      await prepare(server.address, flags.namespaces, attributes);
      io.stdout(
        `perdure: http://${server.address}${dbFilename === undefined ? '' : `, state in ${dbFilename}`}\n`,
      );
      await io.untilStopped();
    } finally {
      await server.close();
    }
  },
});

function searchAttributesOf(given: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(
    given.map(([name, type]) => {
      const known = TYPES[type.toLowerCase()];
      if (known === undefined)
        throw new UsageError(
          `--search-attribute ${name}: expected one of ${Object.keys(TYPES).join(', ')}, found '${type}'`,
        );
      return [name, `INDEXED_VALUE_TYPE_${known}`];
    }),
  );
}

async function prepare(
  address: string,
  namespaces: readonly string[],
  searchAttributes: Readonly<Record<string, string>>,
): Promise<void> {
  const api = new Api({ address, namespace: 'default', headers: {}, isLongForm: false });
  for (const namespace of new Set(['default', ...namespaces])) {
    await unlessThere(() =>
      api.call('registerNamespace', { namespace, workflowExecutionRetentionPeriod: '259200s' }),
    );
    if (Object.keys(searchAttributes).length > 0)
      await unlessThere(() => api.call('addSearchAttributes', { namespace, searchAttributes }));
  }
}

/** A folder that is opened again has it. */
async function unlessThere(make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== grpcStatus.ALREADY_EXISTS) throw error;
  }
}
