/** The object by which the simulated platform is held against this one. */
import { DurableObject, exports } from 'cloudflare:workers';
import { durableObjectPorts } from '../../../src/objects/durable-object-ports.ts';
import { type ContractApi, ContractCore } from '../../sim/contract/contract-core.ts';

interface OwnExports {
  ContractObject: { getByName(name: string): ContractApi & DurableObjectStub };
  Activities: Fetcher;
}

// Sound: index.ts exports both.
const own = exports as unknown as OwnExports;

export const contractStub = (name: string) => own.ContractObject.getByName(name);

export class ContractObject extends DurableObject implements ContractApi {
  readonly #core: ContractCore;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never);
    const activities = { fetch: (url: string, init: RequestInit) => own.Activities.fetch(url, init) };
    const { storage, clock } = durableObjectPorts(ctx, {
      stubs: { workflowExecution: () => unreachable() },
      activities,
    });
    const abort = () => ctx.abort('as it was told');
    this.#core = new ContractCore({ storage, clock, activities, other: contractStub, abort });
  }

  act(operation: string, ...args: unknown[]): Promise<unknown> {
    return this.#core.act(operation, ...args);
  }

  override alarm(): Promise<void> {
    return this.#core.alarm();
  }
}

function unreachable(): never {
  throw new Error('The contract has no workflows.');
}
