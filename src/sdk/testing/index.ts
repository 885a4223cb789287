/**
 * `perdure/testing`: a server in the test's own process, which can skip time, and a context for activities under test.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export {
  defaultActivityInfo,
  MockActivityEnvironment,
  type MockActivityEnvironmentOptions,
} from './mock-activity-environment.ts';
export type { LocalRuntime } from './start-dev-server.ts';
export {
  type DevServerConfig,
  type EphemeralServerExecutable,
  type ExistingServerConnectionOptions,
  type ExistingServerTestWorkflowEnvironmentOptions,
  type LocalTestWorkflowEnvironmentOptions,
  type NexusEndpointIdentifier,
  TestWorkflowEnvironment,
  type TimeSkippingServerConfig,
  type TimeSkippingTestWorkflowEnvironmentOptions,
} from './test-workflow-environment.ts';
export { type ClientOptionsForTestEnv, TimeSkippingWorkflowClient } from './time-skipping-client.ts';
export { WorkerdUnavailableError } from './workerd/workerd-server.ts';

/**
 * Interceptors for workflows under test, for `interceptors.workflowModules`: an assertion that fails in workflow code fails the
 * workflow, where otherwise its task would be tried again until the test times out.
 */
export const workflowInterceptorModules: string[] = [interceptorModule()];

function interceptorModule(): string {
  const name = 'assert-to-failure-interceptor';
  // As published; beside the file for `require`; from the sources.
  const places = [`${name}.js`, `../sdk/testing/${name}.js`, `${name}.ts`];
  const paths = places.map((place) => join(import.meta.dirname, place));
  return paths.find((path) => existsSync(path)) ?? paths[0] ?? name;
}
