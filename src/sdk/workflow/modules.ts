/** What workflow code imports from this library, by specifier: the executor binds it to each run. */
import * as common from '../common/index.ts';
import * as commonActivityCancellationDetails from '../common/lib/activity-cancellation-details.ts';
import * as commonActivityDefinitionOptions from '../common/lib/activity-definition-options.ts';
import * as commonActivityOptions from '../common/lib/activity-options.ts';
import * as commonContinueAsNew from '../common/lib/continue-as-new.ts';
import * as commonConverterDataConverter from '../common/lib/converter/data-converter.ts';
import * as commonConverterExtstore from '../common/lib/converter/extstore.ts';
import * as commonConverterFailureConverter from '../common/lib/converter/failure-converter.ts';
import * as commonConverterPayloadCodec from '../common/lib/converter/payload-codec.ts';
import * as commonConverterPayloadConverter from '../common/lib/converter/payload-converter.ts';
import * as commonConverterPayloadSearchAttributes from '../common/lib/converter/payload-search-attributes.ts';
import * as commonConverterSerializationContext from '../common/lib/converter/serialization-context.ts';
import * as commonConverterTypes from '../common/lib/converter/types.ts';
import * as commonDeprecatedTime from '../common/lib/deprecated-time.ts';
import * as commonEncoding from '../common/lib/encoding.ts';
import * as commonErrors from '../common/lib/errors.ts';
import * as commonFailure from '../common/lib/failure.ts';
import * as commonInterceptors from '../common/lib/interceptors.ts';
import * as commonInterfaces from '../common/lib/interfaces.ts';
import * as commonInternalWorkflowEnumsHelpers from '../common/lib/internal-workflow/enums-helpers.ts';
import * as commonInternalWorkflowObjectsHelpers from '../common/lib/internal-workflow/objects-helpers.ts';
import * as commonInternalWorkflow from '../common/lib/internal-workflow.ts';
import * as commonLogger from '../common/lib/logger.ts';
import * as commonMetrics from '../common/lib/metrics.ts';
import * as commonPriority from '../common/lib/priority.ts';
import * as commonReserved from '../common/lib/reserved.ts';
import * as commonRetryPolicy from '../common/lib/retry-policy.ts';
import * as commonSearchAttributes from '../common/lib/search-attributes.ts';
import * as commonTime from '../common/lib/time.ts';
import * as commonTypeHelpers from '../common/lib/type-helpers.ts';
import * as commonTypeInfo from '../common/lib/type-info.ts';
import * as commonUserMetadata from '../common/lib/user-metadata.ts';
import * as commonVersioningIntent from '../common/lib/versioning-intent.ts';
import * as commonVersioningIntentEnum from '../common/lib/versioning-intent-enum.ts';
import * as commonWorkerDeployments from '../common/lib/worker-deployments.ts';
import * as commonWorkflowDefinitionOptions from '../common/lib/workflow-definition-options.ts';
import * as commonWorkflowHandle from '../common/lib/workflow-handle.ts';
import * as commonWorkflowOptions from '../common/lib/workflow-options.ts';
import type { WorkflowLibModule } from '../common/lib-names.ts';
import * as workflow from './index.ts';
import * as workflowActivities from './lib/activities.ts';
import * as workflowCancellationScope from './lib/cancellation-scope.ts';
import * as workflowErrors from './lib/errors.ts';
import * as workflowEventGroups from './lib/event-groups.ts';
import * as workflowInterceptors from './lib/interceptors.ts';
import * as workflowInterfaces from './lib/interfaces.ts';
import * as workflowLogs from './lib/logs.ts';
import * as workflowMetrics from './lib/metrics.ts';
import * as workflowNexus from './lib/nexus.ts';
import * as workflowRandomStreams from './lib/random-streams.ts';
import * as workflowSinks from './lib/sinks.ts';
import * as workflowTracing from './lib/tracing.ts';
import * as workflowTrigger from './lib/trigger.ts';
import * as workflowWorkflow from './lib/workflow.ts';
import * as workflowWorkflowHandle from './lib/workflow-handle.ts';

const lib: Record<WorkflowLibModule, unknown> = {
  'perdure/common/lib/activity-cancellation-details': commonActivityCancellationDetails,
  'perdure/common/lib/activity-definition-options': commonActivityDefinitionOptions,
  'perdure/common/lib/activity-options': commonActivityOptions,
  'perdure/common/lib/continue-as-new': commonContinueAsNew,
  'perdure/common/lib/converter/data-converter': commonConverterDataConverter,
  'perdure/common/lib/converter/extstore': commonConverterExtstore,
  'perdure/common/lib/converter/failure-converter': commonConverterFailureConverter,
  'perdure/common/lib/converter/payload-codec': commonConverterPayloadCodec,
  'perdure/common/lib/converter/payload-converter': commonConverterPayloadConverter,
  'perdure/common/lib/converter/payload-search-attributes': commonConverterPayloadSearchAttributes,
  'perdure/common/lib/converter/serialization-context': commonConverterSerializationContext,
  'perdure/common/lib/converter/types': commonConverterTypes,
  'perdure/common/lib/deprecated-time': commonDeprecatedTime,
  'perdure/common/lib/encoding': commonEncoding,
  'perdure/common/lib/errors': commonErrors,
  'perdure/common/lib/failure': commonFailure,
  'perdure/common/lib/interceptors': commonInterceptors,
  'perdure/common/lib/interfaces': commonInterfaces,
  'perdure/common/lib/internal-workflow': commonInternalWorkflow,
  'perdure/common/lib/internal-workflow/index': commonInternalWorkflow,
  'perdure/common/lib/internal-workflow/enums-helpers': commonInternalWorkflowEnumsHelpers,
  'perdure/common/lib/internal-workflow/objects-helpers': commonInternalWorkflowObjectsHelpers,
  'perdure/common/lib/logger': commonLogger,
  'perdure/common/lib/metrics': commonMetrics,
  'perdure/common/lib/priority': commonPriority,
  'perdure/common/lib/reserved': commonReserved,
  'perdure/common/lib/retry-policy': commonRetryPolicy,
  'perdure/common/lib/search-attributes': commonSearchAttributes,
  'perdure/common/lib/time': commonTime,
  'perdure/common/lib/type-helpers': commonTypeHelpers,
  'perdure/common/lib/type-info': commonTypeInfo,
  'perdure/common/lib/user-metadata': commonUserMetadata,
  'perdure/common/lib/versioning-intent': commonVersioningIntent,
  'perdure/common/lib/versioning-intent-enum': commonVersioningIntentEnum,
  'perdure/common/lib/worker-deployments': commonWorkerDeployments,
  'perdure/common/lib/workflow-definition-options': commonWorkflowDefinitionOptions,
  'perdure/common/lib/workflow-handle': commonWorkflowHandle,
  'perdure/common/lib/workflow-options': commonWorkflowOptions,
  'perdure/workflow/lib/activities': workflowActivities,
  'perdure/workflow/lib/cancellation-scope': workflowCancellationScope,
  'perdure/workflow/lib/errors': workflowErrors,
  'perdure/workflow/lib/event-groups': workflowEventGroups,
  'perdure/workflow/lib/interceptors': workflowInterceptors,
  'perdure/workflow/lib/interfaces': workflowInterfaces,
  'perdure/workflow/lib/logs': workflowLogs,
  'perdure/workflow/lib/metrics': workflowMetrics,
  'perdure/workflow/lib/nexus': workflowNexus,
  'perdure/workflow/lib/random-streams': workflowRandomStreams,
  'perdure/workflow/lib/sinks': workflowSinks,
  'perdure/workflow/lib/tracing': workflowTracing,
  'perdure/workflow/lib/trigger': workflowTrigger,
  'perdure/workflow/lib/workflow': workflowWorkflow,
  'perdure/workflow/lib/workflow-handle': workflowWorkflowHandle,
};

export const WORKFLOW_MODULES: Readonly<Record<string, unknown>> = {
  'perdure/workflow': workflow,
  'perdure/common': common,
  ...lib,
};
