/** Addresses of servers: a host name or an IP address, perhaps with a scheme and a port. */

export interface ProtoHostPort {
  scheme?: string;
  /** Without the brackets that an IPv6 address stands in. */
  hostname: string;
  port?: number;
}

const IPV4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`;
const IPV6 = String.raw`\[(?<ipv6>[0-9a-fA-F.:]+)\]`;
const DNS = '[^:/]+';
const ADDRESS = new RegExp(
  String.raw`^(?:(?<scheme>[a-z][a-z0-9]+):(?:\/\/)?)??(?<hostname>${IPV4}|${IPV6}|${DNS})(?::(?<port>\d+))?$`,
);

/** The parts of an address; undefined when it is none. */
export function splitProtoHostPort(uri: string): ProtoHostPort | undefined {
  const { scheme, hostname, ipv6, port } = ADDRESS.exec(uri)?.groups ?? {};
  if (hostname === undefined) return undefined;
  // As in Temporal, members that are not there are undefined.
  return {
    scheme,
    hostname: ipv6 ?? hostname,
    port: port === undefined ? undefined : Number(port),
  } as ProtoHostPort;
}

export function joinProtoHostPort({ scheme, hostname, port }: ProtoHostPort): string {
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  return `${scheme ? `${scheme}:` : ''}${host}${port === undefined ? '' : `:${port}`}`;
}

/** The address with its port. One with a scheme, or none at all, is a `TypeError`. */
export function normalizeGrpcEndpointAddress(uri: string, defaultPort: number): string {
  const parts = splitProtoHostPort(uri);
  if (parts === undefined || parts.scheme !== undefined) {
    throw new TypeError(
      `Invalid address for Temporal gRPC endpoint: expected URI of the form 'hostname' or 'hostname:port'; got '${uri}'`,
    );
  }
  return joinProtoHostPort({ ...parts, port: parts.port ?? defaultPort });
}
