/** The server of `createLocal()`: on workerd where that can be, else in this process. */
import type { LogLevel, LogSink } from '../../objects/object-options.ts';
import { Connection } from '../client/connection.ts';
import { isGrpcServiceError } from '../client/errors.ts';
import { grpcStatus } from '../client/rpc-error.ts';
import { IndexedValueType } from '../common/wire/messages.ts';
import { LocalServer } from './server/local-server.ts';
import type { DevServerConfig } from './test-workflow-environment.ts';
import { findMiniflare } from './workerd/find-miniflare.ts';
import { startWorkerdServer, WorkerdUnavailableError } from './workerd/workerd-server.ts';

export type LocalRuntime = 'workerd' | 'in-process';

export interface DevServer {
  /** `host:port` */
  address: string;
  close(): Promise<void>;
}

const RUNTIMES: readonly string[] = ['workerd', 'in-process'] satisfies LocalRuntime[];
const LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
};

export async function startDevServer(config: Omit<DevServerConfig, 'type'>): Promise<DevServer> {
  const server = await start(config);
  try {
    await prepareNamespace(server.address, config);
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function start(config: Omit<DevServerConfig, 'type'>): Promise<DevServer> {
  const asked = askedRuntime(config);
  if (asked === 'in-process' || (asked === undefined && findMiniflare() === undefined))
    return await startInProcess(config);
  try {
    return await startOnWorkerd(config);
  } catch (error) {
    if (asked !== undefined || !(error instanceof WorkerdUnavailableError)) throw error;
    process.emitWarning(`createLocal() runs in this process: ${error.message}`, 'PerdureWarning');
    return await startInProcess(config);
  }
}

/** Undefined where it was left to us. */
function askedRuntime({ runtime, dbFilename }: Omit<DevServerConfig, 'type'>): LocalRuntime | undefined {
  const asked =
    runtime ?? (dbFilename === undefined ? process.env.PERDURE_TEST_RUNTIME || undefined : 'workerd');
  if (asked !== undefined && !RUNTIMES.includes(asked))
    throw new TypeError(
      `createLocal: expected the runtime to be one of ${RUNTIMES.join(', ')}, found '${asked}'`,
    );
  if (asked === 'in-process' && dbFilename !== undefined)
    throw new TypeError(
      `createLocal: dbFilename takes runtime 'workerd', since a server in this process keeps nothing`,
    );
  // Sound: it is one of the list.
  return asked as LocalRuntime | undefined;
}

async function startOnWorkerd(config: Omit<DevServerConfig, 'type'>): Promise<DevServer> {
  const { port, ip, push, dbFilename, log } = config;
  const logLevel = log && LEVELS[log.level];
  return await startWorkerdServer({
    ...(port !== undefined && { port }),
    ...(ip !== undefined && { host: ip }),
    ...(push && { push }),
    ...(dbFilename !== undefined && { stateFolder: dbFilename }),
    ...(logLevel && { logLevel }),
  });
}

async function startInProcess({ port, ip, push, log }: Omit<DevServerConfig, 'type'>): Promise<DevServer> {
  const logLevel = log && LEVELS[log.level];
  return await LocalServer.start({
    ...(port !== undefined && { port }),
    ...(ip !== undefined && { host: ip }),
    ...(push && { push }),
    ...(logLevel && { log: standardError(logLevel) }),
  });
}

const ORDER: readonly LogLevel[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];

function standardError(lowest: LogLevel): LogSink {
  return (level, message, attributes) => {
    if (ORDER.indexOf(level) >= ORDER.indexOf(lowest)) console.error(message, attributes ?? '');
  };
}

const RETENTION_SECONDS = 3 * 86_400;

/** A folder that is opened again has the namespace. */
async function prepareNamespace(
  address: string,
  { namespace, searchAttributes = [] }: Omit<DevServerConfig, 'type'>,
): Promise<void> {
  if (namespace === undefined && searchAttributes.length === 0) return;
  const connection = await Connection.connect({ address });
  try {
    if (namespace !== undefined) await register(connection, namespace);
    if (searchAttributes.length > 0)
      await connection.operatorService.addSearchAttributes({
        namespace: namespace ?? 'default',
        searchAttributes: Object.fromEntries(
          searchAttributes.map(({ name, type }) => [name, IndexedValueType.values[type]]),
        ),
      });
  } finally {
    await connection.close();
  }
}

async function register({ workflowService }: Connection, namespace: string): Promise<void> {
  const workflowExecutionRetentionPeriod = { seconds: RETENTION_SECONDS };
  try {
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  } catch (error) {
    if (!isGrpcServiceError(error) || error.code !== grpcStatus.ALREADY_EXISTS) throw error;
  }
}
