/** Stubs of workflow objects with what every call carries filled in: the caller's depth, the namespace's settings. */

import type { CallAddress, WorkflowExecutionApi } from './execution/workflow-execution-api.ts';
import type { NamespaceDirectory } from './namespace/namespace-api.ts';
import { namespaceConfigOf } from './namespace/namespace-config.ts';
import type { StartGate } from './namespace/start-gate.ts';

type Method = (at: CallAddress, ...rest: unknown[]) => Promise<unknown>;

/** Calls through this stub count as nested in an invocation at `depth`. */
export function withDepth(api: WorkflowExecutionApi, depth: number): WorkflowExecutionApi {
  return new Proxy(api, {
    get(target, key) {
      if (key === 'fetch') return (request: Request) => target.fetch(request);
      // Sound: every method of the API but `fetch` takes the address first.
      const method = (target as unknown as Record<PropertyKey, Method>)[key];
      if (typeof method !== 'function') return method;
      return (at: CallAddress, ...rest: unknown[]) =>
        Reflect.apply(method, target, [{ ...at, depth: Math.max(at.depth ?? 0, depth) }, ...rest]);
    },
  });
}

/** Starts through this stub are refused in an unknown namespace or one that is full, and carry the known one's settings. */
export function withNamespace(
  api: WorkflowExecutionApi,
  namespace: string,
  directory: Pick<NamespaceDirectory, 'find'>,
  gate?: StartGate,
): WorkflowExecutionApi {
  const start: WorkflowExecutionApi['start'] = async (at, request, waitMs) => {
    const record = await directory.find(namespace);
    if (record === undefined || record.state === 'DELETED') {
      const message = `Namespace ${namespace} is not found.`;
      return { ok: false, error: { code: 'NOT_FOUND', message } };
    }
    const admitted = await gate?.admit(record);
    if (admitted?.ok === false) return admitted;
    return api.start({ ...at, namespaceConfig: namespaceConfigOf(record) }, request, waitMs);
  };
  return new Proxy(api, {
    get(target, key) {
      if (key === 'start') return start;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function'
        ? (...input: unknown[]) => Reflect.apply(value, target, input)
        : value;
    },
  });
}
