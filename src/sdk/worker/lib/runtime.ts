export { Runtime } from '../runtime.ts';
