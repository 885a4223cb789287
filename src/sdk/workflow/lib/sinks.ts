export { proxySinks, type Sink, type SinkCall, type SinkFunction, type Sinks } from '../log.ts';
