export {
  BaseClient,
  type BaseClientOptions,
  defaultBaseClientOptions,
  type LoadedWithDefaults,
  type WithDefaults,
} from '../base-client.ts';
