/** Makes runs: what they have in common for one executor. */
import type { WorkerBuild } from '../engine/worker-build.ts';
import type { FailureConverter } from '../sdk/common/converter/failure-converter.ts';
import type { PayloadConverter } from '../sdk/common/converter/payload-converter.ts';
import { RunConverters } from './converters.ts';
import type { FuelLimits } from './fuel.ts';
import type { Host } from './host.ts';
import { runCode } from './instantiation.ts';
import type { WorkflowInterceptorsFactory } from './interceptors.ts';
import type { LocalActivityExecutor } from './local-activity-tracker.ts';
import { RunReplayer } from './replayer.ts';
import { WorkflowRun } from './run.ts';
import { StackCapture } from './stack-capture.ts';
import { StackMapper } from './stack-mapping.ts';
import type { WorkflowBundle } from './workflow-bundle.ts';
import { type RunIdentity, unsafeRandom, type WorkflowInfo } from './workflow-info.ts';

export interface RunFactoryOptions {
  readonly bundle: WorkflowBundle;
  /** What workflow code imports from this library, by specifier. */
  readonly modules: Readonly<Record<string, unknown>>;
  readonly payloadConverter: PayloadConverter;
  readonly failureConverter: FailureConverter;
  readonly host: Host;
  readonly interceptors: readonly WorkflowInterceptorsFactory[];
  readonly localActivities?: LocalActivityExecutor | undefined;
  readonly activatePatch?: ((info: WorkflowInfo, patchId: string) => boolean) | undefined;
  readonly failureErrorTypes: (workflowType: string) => readonly string[];
  readonly fuelLimits?: FuelLimits | undefined;
  readonly build?: WorkerBuild | undefined;
  /** The text of a source file, for enhanced stack traces; undefined where it is not to be shown. */
  readonly sourceText?: ((file: string) => string | undefined) | undefined;
  /** Told of errors that nobody is left to hear: of an interceptor when its run is dropped. */
  readonly reportError?: (message: string, error: unknown) => void;
}

export class RunFactory {
  readonly #options: RunFactoryOptions;
  readonly stacks: StackMapper;
  readonly #unsafeRandom;

  constructor(options: RunFactoryOptions) {
    this.#options = options;
    this.stacks = new StackMapper(options.bundle.stackTable);
    this.#unsafeRandom = unsafeRandom(options.host);
  }

  /** A run at the beginning of its history. With `captureStacks` it can answer stack trace queries. */
  create(identity: RunIdentity, { captureStacks = false } = {}): RunReplayer {
    const { bundle, modules, payloadConverter, failureConverter, host, interceptors } = this.#options;
    const { localActivities, activatePatch, failureErrorTypes, fuelLimits, build, sourceText } =
      this.#options;
    const { namespace, workflowId, workflowType } = identity;
    const context = { type: 'workflow', namespace, workflowId } as const;
    const run = new WorkflowRun({
      identity,
      converters: new RunConverters(payloadConverter, failureConverter, context, this.stacks),
      host,
      unsafeRandom: this.#unsafeRandom,
      localActivities,
      activatePatch,
      failureErrorTypes: failureErrorTypes(workflowType),
      fuelLimits,
      build,
      stacks: captureStacks ? new StackCapture(this.stacks, sourceText) : undefined,
    });
    return new RunReplayer(run, runCode(run, bundle, modules, interceptors), this.#options.reportError);
  }
}
