/** OpenTelemetry's interceptors, and the sink by which spans of workflow code come out. */

import type { Context as ActivityContext } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryInboundInterceptor,
  OpenTelemetryInternalsInterceptor,
  OpenTelemetryNexusInboundInterceptor,
  OpenTelemetryNexusOutboundInterceptor,
  OpenTelemetryOutboundInterceptor,
  OpenTelemetryPlugin,
  type OpenTelemetryPluginOptions,
  type OpenTelemetrySinks,
  OpenTelemetryWorkflowClientCallsInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
  type OpenTelemetryWorkflowExporter,
  type SerializableSpan,
  SPAN_DELIMITER,
  SpanName,
} from '@temporalio/interceptors-opentelemetry';
import type { InjectedSink, InjectedSinks, WorkerInterceptors, WorkerOptions } from '@temporalio/worker';
import { proxySinks, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import type { Equal, Expect, Extends } from './expect';

declare const options: OpenTelemetryPluginOptions;
const { spanProcessor, resource } = options;

export const sinks: InjectedSinks<OpenTelemetrySinks> = {
  exporter: makeWorkflowExporter(spanProcessor, resource),
};
export const single: InjectedSink<OpenTelemetryWorkflowExporter> = makeWorkflowExporter(
  spanProcessor,
  resource,
);
export const forWorker: Pick<WorkerOptions, 'sinks' | 'interceptors' | 'plugins'> = {
  sinks,
  interceptors: {
    activityInbound: [(context) => new OpenTelemetryActivityInboundInterceptor(context)],
  },
  plugins: [new OpenTelemetryPlugin(options)],
};
export const around: WorkerInterceptors = {
  activity: [
    (context: ActivityContext) => ({
      inbound: new OpenTelemetryActivityInboundInterceptor(context, {}),
      outbound: new OpenTelemetryActivityOutboundInterceptor(context),
    }),
  ],
  nexus: [
    (context) => ({
      inbound: new OpenTelemetryNexusInboundInterceptor(context),
      outbound: new OpenTelemetryNexusOutboundInterceptor(context),
    }),
  ],
};
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [new OpenTelemetryInboundInterceptor()],
  outbound: [new OpenTelemetryOutboundInterceptor()],
  internals: [new OpenTelemetryInternalsInterceptor()],
});

export function program(): void {
  new Client({
    interceptors: {
      workflow: [
        new OpenTelemetryWorkflowClientInterceptor(),
        new OpenTelemetryWorkflowClientCallsInterceptor({}),
      ],
    },
    plugins: [new OpenTelemetryPlugin(options)],
  });
  const { exporter } = proxySinks<OpenTelemetrySinks>();
  exporter.export([]);
  // @ts-expect-error TS2345: what goes out are spans
  exporter.export(5);
  // @ts-expect-error TS2741: the resource is required
  new OpenTelemetryPlugin({ spanProcessor });
  // @ts-expect-error TS2769: a processor or an exporter comes first
  makeWorkflowExporter({}, resource);
  const name = `${SpanName.ACTIVITY_EXECUTE}${SPAN_DELIMITER}charge`;
  void name;
}

export class Renaming extends OpenTelemetryWorkflowClientInterceptor {
  override async start(
    ...[input, next]: Parameters<OpenTelemetryWorkflowClientInterceptor['start']>
  ): Promise<string> {
    this.tracer.startSpan('before').end();
    return await super.start(input, next);
  }
}

export class Attributed extends OpenTelemetryOutboundInterceptor {
  override async scheduleActivity(
    ...[input, next]: Parameters<OpenTelemetryOutboundInterceptor['scheduleActivity']>
  ): Promise<unknown> {
    return await this.tracer.startActiveSpan(input.activityType, () => super.scheduleActivity(input, next));
  }
}

export class Named extends OpenTelemetryActivityInboundInterceptor {
  get type(): string {
    return this.ctx.info.activityType;
  }
}

type _Name = Expect<Equal<SerializableSpan['name'], string>>;
type _Parent = Expect<Equal<SerializableSpan['parentSpanId'], string | undefined>>;
type _State = Expect<Equal<SerializableSpan['spanContext']['traceState'], string | undefined>>;
type _Delimiter = Expect<Extends<typeof SPAN_DELIMITER, string>>;
type _Plugin = Expect<Equal<OpenTelemetryPlugin['otelOptions'], OpenTelemetryPluginOptions>>;
