export { AsyncLocalStorage } from '../../../executor/async-local-storage.ts';
export {
  CancellationScope,
  type CancellationScopeOptions,
  RootCancellationScope,
} from '../../../executor/cancellation-scope.ts';
