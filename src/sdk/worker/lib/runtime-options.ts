export {
  type CompiledRuntimeOptions,
  makeTelemetryFilterString,
  type RuntimeOptions,
  type TelemetryOptions,
} from '../runtime.ts';
