/** A codec that hides every payload, and interceptors that pass a header on. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { Context } from 'perdure/activity';
import {
  type DataConverter,
  DefaultFailureConverter,
  defaultPayloadConverter,
  type Headers,
  type Payload,
  type PayloadCodec,
} from 'perdure/common';
import type { WorkflowInterceptorsFactory } from 'perdure/workflow';

const KEY = 0x5a;
const ENCODING = new TextEncoder().encode('binary/hidden');

class HidingCodec implements PayloadCodec {
  async encode(payloads: Payload[]): Promise<Payload[]> {
    return await Promise.all(
      payloads.map(async (payload) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        const inner = JSON.stringify({
          encoding: new TextDecoder().decode(payload.metadata?.encoding ?? new Uint8Array()),
          data: Array.from(payload.data ?? []),
        });
        return {
          metadata: { encoding: ENCODING },
          data: new TextEncoder().encode(inner).map((byte) => byte ^ KEY),
        };
      }),
    );
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      const encoding = new TextDecoder().decode(payload.metadata?.encoding ?? new Uint8Array());
      if (encoding !== 'binary/hidden') return payload;
      const text = new TextDecoder().decode((payload.data ?? new Uint8Array()).map((byte) => byte ^ KEY));
      const inner = JSON.parse(text) as { encoding: string; data: number[] };
      return {
        metadata: { encoding: new TextEncoder().encode(inner.encoding) },
        data: Uint8Array.from(inner.data),
      };
    });
  }
}

export const hiding: DataConverter = {
  payloadCodecs: [new HidingCodec()],
  failureConverter: new DefaultFailureConverter({ encodeCommonAttributes: true }),
};

export const HEADER = 'tenant';

/** Takes the header from what comes in and puts it on what goes out. */
export const passHeaders: WorkflowInterceptorsFactory = () => {
  let tenant: Payload | undefined;
  const withTenant = (headers: Headers): Headers => (tenant ? { ...headers, [HEADER]: tenant } : headers);
  return {
    inbound: [
      {
        async execute(input, next) {
          tenant = input.headers[HEADER];
          return await next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next({ ...input, headers: withTenant(input.headers) }),
        startChildWorkflowExecution: (input, next) => next({ ...input, headers: withTenant(input.headers) }),
      },
    ],
  };
};

const current = new AsyncLocalStorage<string>();

export const readHeader = (_context: Context) => ({
  inbound: {
    async execute(
      input: { args: unknown[]; headers: Headers },
      next: (input: { args: unknown[]; headers: Headers }) => Promise<unknown>,
    ): Promise<unknown> {
      const payload = input.headers[HEADER];
      const tenant = payload ? defaultPayloadConverter.fromPayload<string>(payload) : 'nobody';
      return await current.run(tenant, () => next(input));
    },
  },
});

export async function contextOf(): Promise<string> {
  return `${Context.current().info.activityType} for ${current.getStore()}`;
}
