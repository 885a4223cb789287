import { type ProtoHostPort, splitProtoHostPort } from './parse-host-uri.ts';

export interface HttpConnectProxyConfig {
  type: 'http-connect';
  /** `hostname:port`, or the same after `http://`. */
  targetHost: string;
  basicAuth?: { username: string; password: string };
}

export type ProxyConfig = HttpConnectProxyConfig;

/** The parts of a proxy's address. One that is none, or without a port, is a `TypeError`. */
export function parseHttpConnectProxyAddress(target: string): ProtoHostPort {
  const parts = splitProtoHostPort(target);
  const refuse = (why: string) =>
    new TypeError(`Invalid address for HTTP CONNECT proxy: ${why}; got '${target}'`);
  if (parts === undefined) throw refuse("expected 'hostname:port' or '[ipv6 address]:port'");
  const { scheme = 'http', hostname, port } = parts;
  if (scheme !== 'http') throw refuse("scheme must be http'");
  if (port === undefined) throw refuse('port is required');
  return { scheme, hostname, port };
}
