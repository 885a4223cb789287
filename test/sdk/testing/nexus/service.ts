/** What caller and handler share: the contract of the service. */
import * as nexus from 'nexus-rpc';

export interface Shipment {
  orderId: string;
  /** How long it takes; `never` waits for a cancel, `fails` ends with an error. */
  how: 'at once' | 'never' | 'fails' | 'in steps';
}

export const shop = nexus.service('shop', {
  hello: nexus.operation<string, string>(),
  end: nexus.operation<'failed' | 'canceled', string>(),
  flaky: nexus.operation<{ key: string; failures: number }, number>(),
  refuse: nexus.operation<'BAD_REQUEST' | 'NOT_FOUND', string>({ name: 'refuse-it' }),
  where: nexus.operation<
    undefined,
    { namespace: string; taskQueue: string; endpoint: string; header: string }
  >(),
  ship: nexus.operation<Shipment, string>(),
  stubborn: nexus.operation<string, string>(),
});
