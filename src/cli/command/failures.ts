/** Errors as people read them: what was to be done, to what, why it was not, and what to do next. */
import { grpcStatus, RpcError } from '../../sdk/client/rpc-error.ts';

/** What a command is about, by the names of its flags. */
const SUBJECTS: readonly (readonly [flag: string, noun: string])[] = [
  ['workflowId', 'workflow'],
  ['activityId', 'activity'],
  ['scheduleId', 'schedule'],
  ['jobId', 'batch job'],
  ['updateId', 'update'],
  ['taskQueue', 'task queue'],
  ['deploymentName', 'deployment'],
  ['buildId', 'build'],
  ['endpointName', 'endpoint'],
  ['runId', 'run'],
];

export interface Failed {
  /** `workflow describe` */
  readonly command: string;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly address: string;
  readonly namespace: string;
}

export function explain(error: unknown, { command, flags, address, namespace }: Failed): string {
  const head = `perdure ${command}`;
  if (!(error instanceof RpcError))
    return `${head}: ${error instanceof Error ? error.message : String(error)}`;
  const subject = SUBJECTS.flatMap(([flag, noun]) =>
    typeof flags[flag] === 'string' && flags[flag] !== '' ? [`${noun} '${flags[flag]}'`] : [],
  ).join(', ');
  const where = `${subject === '' ? '' : `${subject} in `}namespace '${namespace}' at ${address}`;
  const hint = hintOf(error, command);
  return `${head}: ${where}: ${error.details} (${nameOf(error.code)})${hint === undefined ? '' : `\n${hint}`}`;
}

const nameOf = (code: number): string =>
  Object.entries(grpcStatus).find(([, number]) => number === code)?.[0] ?? `${code}`;

/** What to do next, where that can be said. */
function hintOf({ code, details, statusDetails }: RpcError, command: string): string | undefined {
  if (statusDetails.some(({ type }) => type === 'NamespaceNotFoundFailure'))
    return 'The namespaces there are: perdure operator namespace list. Make one: perdure operator namespace create -n <name>';
  switch (code) {
    case grpcStatus.UNAVAILABLE:
      return 'Is the server running? Name another with --address or PERDURE_ADDRESS; start one here: perdure server start-dev';
    case grpcStatus.UNAUTHENTICATED:
      return 'Give a key with --api-key or PERDURE_API_KEY.';
    case grpcStatus.PERMISSION_DENIED:
      return 'The API key has no right to do this in this namespace: use one that has.';
    case grpcStatus.DEADLINE_EXCEEDED:
      return command.startsWith('workflow')
        ? 'Is a worker running for the task queue? See who polls it: perdure task-queue describe -t <name>. A longer time: --command-timeout.'
        : 'A longer time: --command-timeout.';
    case grpcStatus.NOT_FOUND:
      return `See what there is: perdure ${listOf(command)}`;
    case grpcStatus.ALREADY_EXISTS:
      return /start|execute/.test(command)
        ? 'Use what runs with --id-conflict-policy UseExisting, or choose another ID.'
        : undefined;
    case grpcStatus.FAILED_PRECONDITION:
      return /only the manager/.test(details)
        ? 'Become its manager: perdure worker deployment manager-identity set --self --deployment-name <name>'
        : undefined;
    default:
      return undefined;
  }
}

function listOf(command: string): string {
  const groups = [
    'operator namespace',
    'operator nexus endpoint',
    'worker deployment',
    'schedule',
    'batch',
    'activity',
  ];
  return `${groups.find((group) => command.startsWith(group)) ?? 'workflow'} list`;
}
