/** The bundles of these workflows, which the test run builds: a fresh checkout has none yet. */
declare module '*/model.js' {
  const bundle: import('../../../src/executor/workflow-bundle.ts').WorkflowBundle;
  export default bundle;
}
declare module '*/model-converted.js' {
  const bundle: import('../../../src/executor/workflow-bundle.ts').WorkflowBundle;
  export default bundle;
}
declare module '*/model-spans.js' {
  const bundle: import('../../../src/executor/workflow-bundle.ts').WorkflowBundle;
  export default bundle;
}
