/** Slots that the user's own supplier gives. What it throws is logged; a task that has its slot is done all the same. */
import type { Logger } from '../common/logger.ts';
import type { Slot, SlotSource } from './slots.ts';
import type { CustomSlotSupplier, SlotInfo, SlotReserveContext } from './tuner.ts';

export class CustomSlots implements SlotSource {
  readonly #supplier: CustomSlotSupplier<SlotInfo>;
  readonly #context: SlotReserveContext;
  readonly #logger: Logger;
  #taken = 0;

  constructor(supplier: CustomSlotSupplier<SlotInfo>, context: SlotReserveContext, logger: Logger) {
    this.#supplier = supplier;
    this.#context = context;
    this.#logger = logger;
  }

  get taken(): number {
    return this.#taken;
  }

  async take(signal: AbortSignal): Promise<Slot> {
    const permit = await this.#reserve(signal);
    this.#taken += 1;
    let slotInfo: SlotInfo | undefined;
    return {
      use: (info) => {
        slotInfo = info;
        this.#call('markSlotUsed', () => this.#supplier.markSlotUsed({ slotInfo: info, permit }));
      },
      release: () => {
        this.#taken -= 1;
        // Without a task there is no info: the member is there all the same.
        this.#call('releaseSlot', () => this.#supplier.releaseSlot({ slotInfo, permit }));
      },
    };
  }

  async #reserve(signal: AbortSignal): Promise<object> {
    try {
      return await Promise.race([this.#supplier.reserveSlot(this.#context, signal), aborted(signal)]);
    } catch (error) {
      if (!signal.aborted) this.#logger.error('Error in custom slot supplier `reserveSlot`', { error });
      throw error;
    }
  }

  #call(name: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#logger.error(`Error in custom slot supplier ${name}`, { error });
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
