export { Connection } from '../connection.ts';
export {
  type ConnectionOptions,
  type ConnectionOptionsWithDefaults,
  type ConnectionPlugin,
  LOCAL_TARGET,
  type TLSConfig,
} from '../connection-options.ts';
