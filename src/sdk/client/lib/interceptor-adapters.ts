import { adaptStart } from '../interceptors.ts';

/** An interceptor with the older `start` as one with `startWithDetails`. */
export const adaptWorkflowClientInterceptor = adaptStart;
