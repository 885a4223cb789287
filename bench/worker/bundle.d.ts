/** The bundle of these workflows, which the bench builds: a fresh checkout has none yet. */
declare module '*/bench-workflows.js' {
  const bundle: import('../../src/executor/workflow-bundle.ts').WorkflowBundle;
  export default bundle;
}
