/** A Nexus service that the Worker under test serves itself. */
import * as nexus from 'nexus-rpc';

export const shop = nexus.service('shop', {
  hello: nexus.operation<string, string>(),
  flaky: nexus.operation<string, number>(),
  refuse: nexus.operation<string, string>(),
  wait: nexus.operation<string, string[]>(),
  approve: nexus.operation<string, string>(),
  charge: nexus.operation<string, string>(),
});
