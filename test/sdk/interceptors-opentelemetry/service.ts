import * as nexus from 'nexus-rpc';

export const service = nexus.service('greeter', { greeting: nexus.operation<string, string>() });
