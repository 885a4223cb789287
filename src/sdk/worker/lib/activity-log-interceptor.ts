export { ActivityInboundLogInterceptor } from '../log-interceptors.ts';
