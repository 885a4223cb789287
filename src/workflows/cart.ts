/**
 * A shopping cart that is a workflow: it lives as long as its customer comes back, and its state is two local variables.
 * After some changes it continues as a new run, so that its history stays short however long it lives.
 */

import type ms from 'ms';
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  log,
  proxyActivities,
  setHandler,
  workflowInfo,
} from 'perdure/workflow';
import type { Activities, Order } from '../activities/index.ts';

export interface CartInput {
  customerId: string;
  items?: CartItem[];
  /** A cart left alone for so long expires. */
  expiry?: ms.StringValue | number;
  /** Changes after which the cart continues as a new run. */
  changesPerRun?: number;
  simulate?: Order['simulate'];
}

export interface CartItem {
  sku: string;
  quantity: number;
}

export type CartResult =
  | { status: 'checked_out'; customerId: string; items: CartItem[]; orderId: string }
  | { status: 'expired'; customerId: string; items: CartItem[] };

export const add = defineSignal<[item: CartItem]>('add');
export const remove = defineSignal<[item: CartItem]>('remove');
export const checkout = defineSignal('checkout');
export const getCart = defineQuery<CartItem[]>('getCart');

const { createOrder } = proxyActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

export async function cart(input: CartInput): Promise<CartResult> {
  const { customerId, expiry = '24h', changesPerRun = 100, simulate } = input;
  const quantities = new Map((input.items ?? []).map(({ sku, quantity }) => [sku, quantity]));
  const items = () => [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
  let changes = 0;
  let isCheckedOut = false;

  function change(item: CartItem, sign: 1 | -1): void {
    if (!isItem(item)) return;
    const quantity = (quantities.get(item.sku) ?? 0) + sign * item.quantity;
    if (quantity > 0) quantities.set(item.sku, quantity);
    else quantities.delete(item.sku);
    changes++;
  }

  setHandler(getCart, items);
  setHandler(add, (item) => change(item, 1));
  setHandler(remove, (item) => change(item, -1));
  setHandler(checkout, () => {
    isCheckedOut = quantities.size > 0;
  });

  let isAlive = true;
  while (isAlive && !isCheckedOut) {
    if (changes >= changesPerRun || workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof cart>({ ...input, items: items() });
    }
    const seen = changes;
    isAlive = await condition(() => changes > seen || isCheckedOut, expiry);
  }
  const contents = items();
  if (!isCheckedOut) return { status: 'expired', customerId, items: contents };
  const orderId = await createOrder({ orderId: customerId, items: contents, amount: 0, simulate });
  return { status: 'checked_out', customerId, items: contents, orderId };
}

/** A signal cannot be refused, so one that makes no sense is logged and ignored. */
function isItem(item: unknown): item is CartItem {
  const { sku, quantity } = (item ?? {}) as Partial<CartItem>;
  const isValid = typeof sku === 'string' && Number.isSafeInteger(quantity) && Number(quantity) > 0;
  if (!isValid) log.warn('not an item of a cart', { item });
  return isValid;
}
