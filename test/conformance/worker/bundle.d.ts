/** The bundle of these workflows, which the test run builds: a fresh checkout has none yet. */
declare module '*/conformance.js' {
  const bundle: import('../../../src/executor/workflow-bundle.ts').WorkflowBundle;
  export default bundle;
}
