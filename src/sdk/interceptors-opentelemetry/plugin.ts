import type { Resource } from '@opentelemetry/resources';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { SimplePlugin } from 'perdure/plugin';
import type { ReplayWorkerOptions, WorkerOptions } from 'perdure/worker';
import { type InterceptorOptions, OpenTelemetryWorkflowClientInterceptor } from './client.ts';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryNexusInboundInterceptor,
  OpenTelemetryNexusOutboundInterceptor,
} from './worker.ts';

/** @experimental */
export interface OpenTelemetryPluginOptions extends InterceptorOptions {
  /** Who makes the spans of workflow code: the name of the service, and the like. */
  readonly resource: Resource;
  /** Where spans of workflow code go. Those of clients and activities go where the global provider's do, or the `tracer`'s. */
  readonly spanProcessor: SpanProcessor;
}

/**
 * All of the tracing at once, for `plugins` of a client, of a worker, and of `bundleWorkflowCode`.
 *
 * ```ts
 * const plugins = [new OpenTelemetryPlugin({ resource, spanProcessor })];
 * const client = new Client({ connection, plugins });
 * const worker = await Worker.create({ connection, taskQueue, workflowsPath, activities, plugins });
 * ```
 *
 * @experimental
 */
export class OpenTelemetryPlugin extends SimplePlugin {
  readonly otelOptions: OpenTelemetryPluginOptions;

  constructor(otelOptions: OpenTelemetryPluginOptions) {
    const options: InterceptorOptions = otelOptions.tracer ? { tracer: otelOptions.tracer } : {};
    super({
      name: 'OpenTelemetryPlugin',
      clientInterceptors: { workflow: [new OpenTelemetryWorkflowClientInterceptor(options)] },
      workerInterceptors: {
        client: { workflow: [new OpenTelemetryWorkflowClientInterceptor(options)] },
        workflowModules: ['perdure/interceptors-opentelemetry/lib/workflow-interceptors'],
        activity: [
          (context) => ({
            inbound: new OpenTelemetryActivityInboundInterceptor(context, options),
            outbound: new OpenTelemetryActivityOutboundInterceptor(context),
          }),
        ],
        nexus: [
          (context) => ({
            inbound: new OpenTelemetryNexusInboundInterceptor(context, options),
            outbound: new OpenTelemetryNexusOutboundInterceptor(context),
          }),
        ],
      },
    });
    this.otelOptions = otelOptions;
  }

  override configureWorker(options: WorkerOptions): WorkerOptions {
    return super.configureWorker(this.#withSink(options));
  }

  override configureReplayWorker(options: ReplayWorkerOptions): ReplayWorkerOptions {
    return super.configureReplayWorker(this.#withSink(options));
  }

  #withSink<Options extends ReplayWorkerOptions | WorkerOptions>(options: Options): Options {
    const { spanProcessor, resource } = this.otelOptions;
    const exporter = makeWorkflowExporter(spanProcessor, resource);
    return { ...options, sinks: { ...options.sinks, exporter } };
  }
}
