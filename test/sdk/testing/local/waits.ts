/** A test's process that never tears its environment down. */
import { TestWorkflowEnvironment } from 'perdure/testing';

const { address } = await TestWorkflowEnvironment.createLocal({ server: { runtime: 'workerd' } });
console.log(address);
setInterval(() => undefined, 1000);
