/** Imports modules below `lib/`, as code written for Temporal's packages does. */
import { decode, encode } from 'perdure/common/lib/encoding';
import { composeInterceptors } from 'perdure/common/lib/interceptors.js';
import { filterNullAndUndefined } from 'perdure/common/lib/internal-workflow';
import { msToNumber } from 'perdure/common/lib/time';
import { SymbolBasedInstanceOfError } from 'perdure/common/lib/type-helpers';
import { CancellationScope } from 'perdure/workflow/lib/cancellation-scope';
import type { WorkflowInterceptorsFactory } from 'perdure/workflow/lib/interceptors';
import { ParentClosePolicy } from 'perdure/workflow/lib/interfaces';
import { sleep, workflowInfo } from 'perdure/workflow/lib/workflow';

interface Doubling {
  run?: (x: number, next: (x: number) => Promise<number>) => Promise<number>;
}

class QuotaError extends Error {
  static {
    SymbolBasedInstanceOfError('QuotaError')(QuotaError);
  }
}

export const interceptors: WorkflowInterceptorsFactory = () => ({ inbound: [], outbound: [] });

export async function usesLibraryModules(): Promise<unknown> {
  await CancellationScope.nonCancellable(() => sleep(msToNumber('10 ms')));
  const next = composeInterceptors<Doubling, 'run'>(
    [{ run: async (x, inner) => (await inner(x)) * 2 }],
    'run',
    async (x: number) => x,
  );
  return {
    text: decode(encode('ä')),
    kept: filterNullAndUndefined({ a: 1, b: undefined }),
    branded: new QuotaError('x').name,
    policy: ParentClosePolicy.ABANDON,
    type: workflowInfo().workflowType,
    composed: await next(1),
  };
}
