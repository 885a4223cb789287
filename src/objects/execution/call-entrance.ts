/** Where calls enter an object: whose it is, a fresh budget, as many callers as there is room for, and failures as data. */
import type { Result } from '../../engine/api.ts';
import { estimateBytes } from '../../engine/size.ts';
import { DEFAULT_CALL_LIMITS, type ObjectOptions } from '../object-options.ts';
import { CallGate } from './call-gate.ts';
import type { TurnLoop } from './turn-loop.ts';
import type { CallAddress } from './workflow-execution-api.ts';

export class CallEntrance {
  readonly #loop: TurnLoop;
  readonly #options: ObjectOptions;
  readonly #gate: CallGate;

  constructor(loop: TurnLoop, options: ObjectOptions) {
    this.#loop = loop;
    this.#options = options;
    this.#gate = new CallGate(options.calls ?? DEFAULT_CALL_LIMITS);
  }

  /** Calls from outside, with what they bring along: as many as there is room for. */
  admit<T>(at: CallAddress, brought: unknown, call: () => Promise<Result<T>>): Promise<Result<T>> {
    return this.answer(at, () => this.#gate.pass(at.workflowId, estimateBytes(brought), call));
  }

  /** Calls that this runtime itself makes: results, deliveries, and what ends a run. */
  async answer<T>(at: CallAddress, call: () => Promise<Result<T>>): Promise<Result<T>> {
    try {
      const mismatch = this.enter(at);
      if (mismatch !== undefined) return { ok: false, error: { code: 'INTERNAL', message: mismatch } };
      return await call();
    } catch (error) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      this.#options.log('ERROR', 'A call failed', {
        namespace: at.namespace,
        workflowId: at.workflowId,
        error,
      });
      return { ok: false, error: { code: 'UNAVAILABLE', message: `workflow ${at.workflowId}: ${message}` } };
    }
  }

  /** Undefined, or why the call is not for this object. */
  enter(at: CallAddress): string | undefined {
    this.#loop.budget.begin(at.depth ?? 0);
    if (at.namespaceConfig !== undefined) this.#loop.limits.heardOf(at.namespaceConfig);
    const retentionMs = at.namespaceConfig?.retentionMs ?? this.#options.limits.retentionMs;
    const identity = this.#loop.identify({ namespace: at.namespace, workflowId: at.workflowId, retentionMs });
    if (identity.namespace === at.namespace && identity.workflowId === at.workflowId) return undefined;
    return (
      `This object holds workflow ${identity.workflowId} of namespace ${identity.namespace}; ` +
      `it was called for ${at.workflowId} of ${at.namespace}.`
    );
  }
}
