export { getRandomStream, type WorkflowRandomStream, workflowRandom } from '../random.ts';
