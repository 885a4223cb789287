/** What `pbjs -t json-module` makes of a small schema, with a field of each kind. */
import protobuf from 'protobufjs/light.js';
import { patchProtobufRoot } from '../../../src/sdk/protobufs/index.ts';

export const schema = {
  nested: {
    acme: {
      nested: {
        orders: {
          nested: {
            State: { values: { UNKNOWN: 0, OPEN: 1, SHIPPED: 2 } },
            Item: { fields: { sku: { type: 'string', id: 1 }, quantity: { type: 'int32', id: 2 } } },
            Order: {
              oneofs: { payment: { oneof: ['card', 'invoice'] } },
              fields: {
                id: { type: 'string', id: 1 },
                state: { type: 'State', id: 2 },
                items: { rule: 'repeated', type: 'Item', id: 3 },
                amount: { type: 'double', id: 4 },
                tags: { keyType: 'string', type: 'string', id: 5 },
                lines: { keyType: 'int32', type: 'Item', id: 6 },
                signature: { type: 'bytes', id: 7 },
                numbers: { rule: 'repeated', type: 'sint32', id: 8 },
                words: { rule: 'repeated', type: 'string', id: 9 },
                isPaid: { type: 'bool', id: 10 },
                card: { type: 'string', id: 11 },
                invoice: { type: 'uint32', id: 12 },
                parent: { type: 'Order', id: 13 },
                ratio: { type: 'float', id: 14 },
                count: { type: 'uint64', id: 15 },
                states: { rule: 'repeated', type: 'State', id: 16 },
              },
            },
          },
        },
      },
    },
  },
};

export interface Order {
  id: string;
  state: number;
  items: { sku: string; quantity: number }[];
  tags: Record<string, string>;
  signature: Uint8Array;
  parent?: Order | null;
}

interface OrderType {
  create(properties: Partial<Order>): Order;
}

const unpatched = protobuf.Root.fromJSON(schema) as unknown as { acme: { orders: { Order: OrderType } } };

export const root = patchProtobufRoot(unpatched);
export const { Order: OrderMessage } = root.acme.orders;
