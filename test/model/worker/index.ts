/** A Worker with everything that a programming model may add: codecs, converters, interceptors, a namespace's settings. */

import { env } from 'cloudflare:workers';
import { createRuntime, type RuntimeBindings, r2PayloadStorage } from 'perdure';
import { DefaultFailureConverter } from 'perdure/common';
import { OpenTelemetryWorkflowClientInterceptor } from 'perdure/interceptors-opentelemetry';
import workflows from '../../../.perdure/model.js';
import converted from '../../../.perdure/model-converted.js';
import spans from '../../../.perdure/model-spans.js';
import { payloadConverter } from '../workflows/point-converter.ts';
import * as activities from './activities.ts';
import { autumnCodec } from './keys.ts';
import { spanInterceptor, spanSinks } from './spans.ts';
import { activityTracing } from './tracing.ts';

// Sound: the test run binds it.
const bucket = () => (env as RuntimeBindings).PAYLOADS;
const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });

export const runtime = createRuntime(
  [
    { taskQueue: 'default', workflows, activities, interceptors: { activity: [activityTracing] } },
    {
      taskQueue: 'encrypted',
      workflows,
      activities,
      dataConverter: { failureConverter, payloadCodecs: [autumnCodec] },
    },
    {
      taskQueue: 'stored',
      workflows,
      activities,
      dataConverter: { externalStorage: r2PayloadStorage({ bucket, thresholdBytes: 16 * 1024 }) },
    },
    {
      taskQueue: 'opentelemetry',
      workflows: spans,
      activities,
      interceptors: {
        activity: [spanInterceptor],
        client: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
      },
      sinks: spanSinks,
    },
    { taskQueue: 'converted', workflows: converted, activities, dataConverter: { payloadConverter } },
  ],
  { logLevel: 'ERROR', limits: { minimalStartIntervalMs: 0 } },
);

export const { WorkflowExecution, Activities, Namespace } = runtime;
export default runtime.app;
