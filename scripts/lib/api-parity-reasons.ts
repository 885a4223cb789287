/**
 * Why a name of Temporal's is not exported here, or differs. A pattern is matched against `Name`, or `Name.member` for
 * members; the first rule that matches counts. Names that no rule matches, and rules that match nothing, are problems.
 */
export interface Reason {
  readonly names: RegExp;
  readonly why: string;
  /** Only in this package. */
  readonly package?: string;
}

const GRPC = 'Tied to gRPC: what goes over the wire here is HTTP and JSON.';
const CORE = 'Tied to the native core, which does not exist here.';
const INTERNAL = 'Internal: the form of options between parts of the SDK.';

export const REASONS: readonly Reason[] = [
  {
    names:
      /^(HealthService|TestService|GrpcRetryOptions|BackoffOptions|defaultGrpcRetryOptions|makeGrpcRetryInterceptor|isRetryableError)$/,
    why: GRPC,
    package: 'client',
  },
  { names: /^(Workflow|Operator|Health)Service( as a value)?$/, why: GRPC, package: 'client' },
  { names: /^HealthService\./, why: GRPC, package: 'client' },
  {
    names: /^OperatorService\./,
    why: 'Calls about clusters: none of them are here.',
    package: 'client',
  },
  {
    names: /^WorkflowService\./,
    why: 'Calls that the HTTP API here does not have; those it has are there, under the same names.',
    package: 'client',
  },
  {
    names:
      /^(Connection|ConnectionLike|NativeConnection)\.(static )?(testService|callContextStorage|Client)$/,
    why: GRPC,
  },
  {
    names: /^ConnectionOptions(WithDefaults)?\.(callCredentials|channelArgs|credentials)$/,
    why: GRPC,
    package: 'client',
  },
  {
    names: /^Payload\.externalPayloads$/,
    why: "A note for Temporal's server; what ExternalStorage keeps is known from the payload's metadata.",
  },
  { names: /^ProtoFailure\.failureInfo$/, why: 'Made by protobufjs: the name of the member that is set.' },
  {
    names:
      /^(BufferedMetricUpdate|ConsoleLogger|ForwardLogger|LogExporterConfig|MetricsBuffer|MetricsBufferOptions|MetricsExporter|MetricsExporterConfig|OtelCollectorExporter|PrometheusMetricsExporter|makeTelemetryFilterString|TelemetryOptions(\..*)?)$/,
    why: CORE,
    package: 'worker',
  },
  {
    names: /^startDebugReplayer$/,
    why: "Belongs to Temporal's debugger extension; a replay in Node can be debugged as it is.",
    package: 'worker',
  },
  { names: /^Compiled(WorkerOptions\..*|WorkerInterceptors)$/, why: INTERNAL, package: 'worker' },
  { names: /^Runtime\./, why: CORE, package: 'worker' },
  { names: /^TestWorkflowEnvironment\.options$/, why: INTERNAL, package: 'testing' },
];
